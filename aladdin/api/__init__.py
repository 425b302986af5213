"""What every door of the mobile API shares: errors, strict JSON, pages, safe repetition, stale edits."""

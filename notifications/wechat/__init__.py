"""The bank's WeChat official account: sending template messages, and reading what WeChat calls back with."""

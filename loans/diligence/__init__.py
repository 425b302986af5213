"""Due diligence (进件尽调): interviews, the cash-flow worksheet, contradictions and their answers, and the report
that is sealed at each submission (domain 1.6). A's findings and B's confirmation are in `loans/investigation.py`."""

"""E-mail to employees over the bank's own mail server: notices for desks, and digests that one may end."""

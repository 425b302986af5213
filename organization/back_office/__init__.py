"""The back office (Django admin): who may do what in it, and its site."""

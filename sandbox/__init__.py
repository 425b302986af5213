"""Stand-ins for the companies outside the bank, speaking their protocols over HTTP on this machine only.

One folder a provider, each with the same shape: the package's docstring tells what it stands for and its
rules, `provider.py` holds the operations, `state.py` what it remembers. Adding one: a folder, and a line in
`app.PROVIDERS`. Nothing of the bank is imported, so that signatures, ciphers and field rules are written
twice and each side proves the other.

    python -m sandbox --port 8001
"""

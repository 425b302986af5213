"""The public page that says whether a paper is the bank's: `/verify/<code>`, printed as a QR code on every contract.

Who holds a paper learns its number, its day, its digests, its state and a masked name, nothing else. He may show the
file that he has: only its digest is compared, the file itself is neither read nor kept.
"""

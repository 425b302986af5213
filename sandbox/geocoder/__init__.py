"""The map service that stands inside the bank: where an address lies, in WGS-84.

An address has its place from its own text, within the town of Langfang. One with a house number is found to the
building (`BUILDING`), one with a street to the street, any other to the district; one that begins with 无 is not found.
`POST /_sandbox/geocoder/places {address, latitude, longitude, level}` says where an address lies.
"""

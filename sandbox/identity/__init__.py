"""Citizen identity verification (联网核查) and face comparison, as one vendor sells them.

Codes are of the "Alipay and bank" table: 00 match with photo, 01 match without photo, 02 the number
exists under another name, 03 no such number, 04 other error, 05 bad input. (Another vendor swaps 00 and
01.)

The outcome follows from the citizens registered at `POST /_sandbox/identity/citizens {identity_no, name,
photo}`: a registered number matches its name only. For others it follows from the name's last character:

| name ends in | code |
| --- | --- |
| 旧 | 01 match without photo |
| 异 | 02 name mismatch |
| 无 | 03 number not found |
| 障 | 04 error |
| anything else | 00 match with photo |

A number whose check digit is wrong is 05. Face comparison scores 90 to 99, from a digest of both pictures (00);
`POST /_sandbox/identity/faces {identity_no, score}` sets another score, `{identity_no, code}` another code:

| code | of a face comparison |
| --- | --- |
| 03 | no picture on file (as for a citizen registered without) |
| 04 | error |
| 06 | no face in the picture sent |
| 07 | several faces in it |
| 08 | too poor to compare |

Fault of both besides the common ones: `limit` (HTTP 429, the day's quota is used up).
"""

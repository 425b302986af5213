"""Where pictures from outside are opened: processes of their own, without Django, with bounds on what they may take.

`develop` makes a picture or a page of a PDF anew, `read` reads the text on a picture. A file from outside may be made
to harm what decodes it: here the worst that it can do is to lose the process. Nothing of the bank's environment
reaches them, and modules here import only each other and libraries.
"""

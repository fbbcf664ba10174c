"""The life of a city folder: made (`init`), kept up to date (`upgrade`), released and compared.

What happens inside one walk along the path is `pipeline`'s; this package is about what happens to
the folder between walks.
"""

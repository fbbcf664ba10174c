"""The documents in Word that an office edits: the annual analysis, a one-page brief, a circular.

What they say is put together from figures (`comparisons`, `narrative`, `findings`) into the fields
that a template may name (`fields`); `template` checks a template before anything is filled in, and
`word` fills it.  To change how a document looks, edit its template; to change what can be said in
it, add a field.
"""

"""Stage 5, results to pages, charts and open data.

`site.build` is the way in.  Numbers are put into words and digits in `numbers` and nowhere
else, charts are made in `charts` and nowhere else; everything a reader sees is worded in
`words.yaml` or in the city's own framework.
"""

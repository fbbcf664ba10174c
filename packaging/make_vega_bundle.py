"""Make the script with which published pages draw their charts.

The source is the Vega, Vega-Lite and Vega-Embed that ``vl-convert-python`` carries, so neither Node nor the
network is needed. The script, ``vega.js``, is a classic one, for ``<script src>``: pages are opened from
``file:`` too, where browsers refuse modules. It keeps to itself and sets one global, ``vegaEmbed``.

Run it from anywhere, with the project's environment::

    python packaging/make_vega_bundle.py

With the same version of vl-convert-python it writes the same bytes every time.
"""

import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "src/zhiheng/publish/assets/vega.js"
SNIPPET = "window.vegaEmbed = vegaEmbed;"

NOTICES = """\
Vega {vega}, Vega-Lite {vega_lite} and Vega-Embed {vega_embed} with the libraries they use,
as bundled by vl-convert {vl_convert}. Written by packaging/make_vega_bundle.py; do not edit.

Under the BSD 3-Clause licence (1):
  vega and its parts   Copyright (c) 2015-2023, University of Washington Interactive Data Lab
  vega-lite            Copyright (c) 2015, University of Washington Interactive Data Lab.
  vega-embed           Copyright (c) 2015, University of Washington Interactive Data Lab
  vega-themes          Copyright (c) 2016, University of Washington Interactive Data Lab
  vega-tooltip         Copyright 2016 Interactive Data Lab and contributors
  vega-schema-url-parser  Copyright (c) 2017, Vega
  d3-ease              Copyright 2010-2023 Mike Bostock; Copyright 2001 Robert Penner
Under the ISC licence (2):
  d3                   Copyright 2010-2023 Mike Bostock
  d3-delaunay          Copyright 2018-2023 Observable, Inc.
  d3-geo-projection    Copyright 2013-2021 Mike Bostock
  delaunator           Copyright 2021 Mapbox
  internmap            Copyright 2021 Mike Bostock
  semver               Copyright (c) Isaac Z. Schlueter and Contributors
  topojson-client      Copyright 2012-2019 Michael Bostock
Under the MIT licence (3):
  fast-json-patch      Copyright (c) 2013, 2014, 2020 Joachim Wester
  GeographicLib, in d3-geo  Copyright 2008-2012 Charles Karney
  integrate-adaptive-simpson, in d3-geo-projection  Copyright 2015 Ricky Reusser
  json-stringify-pretty-compact  Copyright (c) 2014, 2016, 2017, 2019, 2021, 2022 Simon Lydell
  lodash.debounce      Copyright jQuery Foundation and other contributors <https://jquery.org/>
Under the Apache License 2.0 (http://www.apache.org/licenses/LICENSE-2.0):
  ColorBrewer schemes  Copyright 2002 Cynthia Brewer, Mark Harrower, and The Pennsylvania State University
Dedicated to the public domain: robust-predicates.

(1) Redistribution and use in source and binary forms, with or without
modification, are permitted provided that the following conditions are met:

1. Redistributions of source code must retain the above copyright notice, this
   list of conditions and the following disclaimer.

2. Redistributions in binary form must reproduce the above copyright notice,
   this list of conditions and the following disclaimer in the documentation
   and/or other materials provided with the distribution.

3. Neither the name of the copyright holder nor the names of its contributors
   may be used to endorse or promote products derived from this software
   without specific prior written permission.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS"
AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE
IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT OWNER OR CONTRIBUTORS BE LIABLE
FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL
DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR
SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER
CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY,
OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE
OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.

(2) Permission to use, copy, modify, and/or distribute this software for any purpose
with or without fee is hereby granted, provided that the above copyright notice
and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH
REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND
FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS
OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER
TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF
THIS SOFTWARE.

(3) Permission is hereby granted, free of charge, to any person obtaining
a copy of this software and associated documentation files (the
"Software"), to deal in the Software without restriction, including
without limitation the rights to use, copy, modify, merge, publish,
distribute, sublicense, and/or sell copies of the Software, and to
permit persons to whom the Software is furnished to do so, subject to
the following conditions:

The above copyright notice and this permission notice shall be
included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND,
EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE
LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION
OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION
WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def wrapped(bundle: str, notices: str) -> str:
    """
    Return a bundle as a classic script.

    A bundle is written as a module: strict, with top-level names of a letter or two, which in a classic
    script would all become globals. A function around it keeps both properties.

    Parameters
    ----------
    bundle
        The bundle of `vl_convert.javascript_bundle`.
    notices
        The text of the comment at the script's head.
    """
    return f'/*!\n{notices}*/\n(function () {{\n"use strict";\n{bundle}\n}})();\n'


def main() -> None:
    """Write the script."""
    try:
        import vl_convert
    except ImportError:
        sys.exit("Cannot make the bundle: vl-convert-python is absent. Use the project's environment.")

    versions = {
        "vega": vl_convert.get_vega_version(),
        "vega_lite": vl_convert.get_vegalite_versions()[-1],
        "vega_embed": vl_convert.get_vega_embed_version(),
        "vl_convert": vl_convert.__version__,
    }
    bundle = vl_convert.javascript_bundle(snippet=SNIPPET, vl_version=versions["vega_lite"])
    if "window.vegaEmbed=" not in bundle:
        sys.exit("Cannot make the bundle: vl-convert-python left out the line that sets window.vegaEmbed.")
    script = wrapped(bundle, NOTICES.format_map(versions))
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(script, encoding="utf-8", newline="\n")
    libraries = "vega {vega}, vega-lite {vega_lite}, vega-embed {vega_embed}".format_map(versions)
    sys.stdout.write(f"{TARGET.name}: {len(script.encode()):,} bytes, {libraries}\n")


if __name__ == "__main__":
    main()

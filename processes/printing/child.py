"""The process in which a page is set: reads what to set from standard input, writes the PDF to standard
output.

Typst keeps some 80 KB for each row of a table until its process ends; so it has one of its own, which ends.
Run as a file, with nothing of ours imported. On failure it writes what Typst says and exits 1. Not here: what
is set (`printed`), how long it may take (`setting`).
"""

from __future__ import annotations

import json
import sys

import typst


def main() -> int:
    """Set one page."""
    asked = json.load(sys.stdin)
    fonts = typst.Fonts(include_embedded_fonts=False, font_paths=asked["fonts"])
    try:
        made = typst.compile(
            asked["source"],
            root=asked["root"],
            font_paths=fonts,
            sys_inputs=asked["inputs"],
            pdf_standards=[asked["standard"]],
            timestamp=asked["made"],
            pdf_tags=False,
        )
    except typst.TypstError as error:
        sys.stderr.write(error.message)
        return 1
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())

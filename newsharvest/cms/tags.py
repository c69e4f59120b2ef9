"""What each HTML tag means for the reading of text."""

from __future__ import annotations

from lxml import etree

BREAK, BLOCK, SKIP, IMAGE, FIGURE, TABLE, LIST = range(7)


def _kinds() -> dict[object, int]:
    table: dict[object, int] = {etree.Comment: SKIP, etree.ProcessingInstruction: SKIP, etree.Entity: SKIP}
    for kind, tags in (
        (BREAK, "br hr"),
        (BLOCK, ("p div section article header footer main aside nav h1 h2 h3 h4 h5 h6 li dl dt dd blockquote center "
                "form fieldset pre address thead tbody tfoot tr td th caption details summary body")),
        (SKIP, ("script style noscript template iframe object embed video audio canvas svg map head title link meta "
               "select option button textarea input")),
        (IMAGE, "img amp-img"), (FIGURE, "figure"), (TABLE, "table"), (LIST, "ul ol"),
    ):  # fmt: skip
        table.update(dict.fromkeys(tags.split(), kind))
    return table


# Tags that are not here are inline, as HTML has it for unknown ones.
KINDS = _kinds()

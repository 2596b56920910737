"""The text part of a mail: what is seen of it, whatever boxes lay it out."""

from engine.mail_parts import plain_text

LAYOUT = (
    '<body><div style="width:600px"><table role="presentation" width="600"><tbody><tr>'
    '<td><div style="color:red">Hello Ada,</div></td></tr><tr><td><p>one</p><p>two</p></td></tr>'
    '<tr><td><a href="https://mv.example/p" style="color:red">Our plants</a> await.</td></tr>'
    "</tbody></table></div></body>"
)
DATA = (
    "<body><p>Your order</p><table><tr><td>Olive tree</td><td>2</td></tr>"
    "<tr><td>Pot</td><td>1</td></tr></table></body>"
)


def test_boxes_that_lay_a_mail_out_part_its_paragraphs() -> None:
    assert plain_text(LAYOUT) == "Hello Ada,\n\none\n\ntwo\n\nOur plants: https://mv.example/p await.\n"


def test_a_table_of_data_keeps_what_belongs_together_on_a_line() -> None:
    assert plain_text(DATA) == "Your order\n\nOlive tree 2\nPot 1\n"

"""The eight Ed25519 points of small order, and every encoding of them that is not canonical: fourteen keys that no
honest generation yields and that make one signature fit many messages."""

from __future__ import annotations

P = 2**255 - 19

_Y = {
    "0": 0,
    "1": 1,
    "p-1": P - 1,
    "order 8": 2707385501144840649318225287225658788936804267575313519463743609750303402022,
    "order 8 too": 55188659117513257062467267217118295137698188065244968500265048394206261417927,
    "p": P,
    "p+1": P + 1,
}

WEAK = {
    f"{sign}{name}": (y | bit << 255).to_bytes(32, "little")
    for sign, bit in (("+", 0), ("-", 1))
    for name, y in _Y.items()
}

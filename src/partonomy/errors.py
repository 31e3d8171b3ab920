"""The errors that partonomy raises for people: one line that names the cause and the way on."""


class PartonomyError(Exception):
    """Something the person at the keyboard can mend; its text is one line for them."""


class PictureError(PartonomyError):
    """A single picture that cannot be used; the others still can.

    The text is the reason alone, without the picture's name, which the caller knows.
    """

"""Failures that a person is meant to read: a sentence, and a way out."""


class OperatorError(Exception):
    """Something is wrong that the operator can mend; never shown as a traceback.

    `sentence` says what is the matter, `way_out` what to do next (may be empty).
    `exit_code` follows the house: 1 found something wrong, 2 used wrongly.
    """

    def __init__(self, sentence: str, way_out: str = "", *, exit_code: int = 1) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.way_out = way_out
        self.exit_code = exit_code

    def __str__(self) -> str:
        return f"{self.sentence}\n{self.way_out}" if self.way_out else self.sentence


def unwritable(place: object, error: OSError) -> OperatorError:
    """A file or a pipe that took no more: a full disk, a folder that is closed or not there."""
    return OperatorError(
        f"{place} can't be written: {error.strerror or error}.",
        "Make room there, or name another place.",
    )

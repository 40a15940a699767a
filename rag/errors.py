"""The errors that a user can meet: each message is one Japanese sentence that says what, which value, and what to do next."""

# ruff: noqa: N818 - the names say what happened; that they are errors is their base's business


class TenkyoError(Exception):
    """The base of every error that the command and the app show as a message, without a traceback."""


class InputError(TenkyoError):
    """What the user gave (a question, a date, a path, an option) cannot be used."""


class IndexMissing(TenkyoError):
    """There is no index at the place given."""


class IndexMismatch(TenkyoError):
    """The index was built by something this version cannot read: another format, dictionary or encoder."""


class IndexUnwritable(TenkyoError):
    """The index cannot be written: the disk is full, the folder is read-only, or another run holds it."""


class ManifestError(TenkyoError):
    """A manifest.yaml is malformed; the run stops, since its dates decide which version answers."""


class UnreadableFile(TenkyoError):
    """A file's content cannot be read; the message is the reason alone, for a report that names the file."""

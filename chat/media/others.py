"""What is not sent from here, by how it begins, and what can be done about it.

From the forms' own definitions; `file`'s list of magic numbers has most of them.
"""

from __future__ import annotations

from ..base.escapes import visible

_CONVERT = "ImageMagick makes a PNG of it: magick {} picture.png"
_SOUND = "ffmpeg makes an MP3 of it: ffmpeg -i {} sound.mp3"
_FRAME = "a frame of it can be sent: ffmpeg -i {} -frames:v 1 picture.png"
_PACKED = "unpack it, and attach what is in it"
_OFFICE = "export it as PDF"

#: (where, how it begins there, what it is, what to do)
_OTHERS = (
    (4, b"ftypheic", "a HEIC picture", _CONVERT),
    (4, b"ftypheix", "a HEIC picture", _CONVERT),
    (4, b"ftypmif1", "a HEIF picture", _CONVERT),
    (4, b"ftypavif", "an AVIF picture", _CONVERT),
    (4, b"ftypM4A", "an M4A sound", _SOUND),
    (4, b"ftyp", "an MP4 film", _FRAME),
    (0, b"II*\0", "a TIFF picture", _CONVERT),
    (0, b"MM\0*", "a TIFF picture", _CONVERT),
    (0, b"BM", "a BMP picture", _CONVERT),
    (0, b"\0\0\1\0", "an icon", _CONVERT),
    (0, b"8BPS", "a Photoshop picture", _CONVERT),
    (0, b"\xff\x0a", "a JPEG XL picture", _CONVERT),
    (4, b"JXL ", "a JPEG XL picture", _CONVERT),
    (4, b"jP  ", "a JPEG 2000 picture", _CONVERT),
    (0, b"OggS", "an Ogg sound", _SOUND),
    (0, b"fLaC", "a FLAC sound", _SOUND),
    (0, b"FORM", "an AIFF sound", _SOUND),
    (0, b"\xff\xf1", "an AAC sound", _SOUND),
    (0, b"\xff\xf9", "an AAC sound", _SOUND),
    (0, b"#!AMR", "an AMR sound", _SOUND),
    (0, b"\x1a\x45\xdf\xa3", "a Matroska or WebM film", _FRAME),
    (8, b"AVI ", "an AVI film", _FRAME),
    (0, b"\xd0\xcf\x11\xe0", "an old Office document", _OFFICE),
    (30, b"mimetypeapplication/vnd.oasis", "an OpenDocument file", _OFFICE),
    (0, b"PK\3\4", "a ZIP archive, as Office documents are", _PACKED + "; export a document as PDF"),
    (0, b"\x1f\x8b", "gzip", _PACKED),
    (0, b"BZh", "bzip2", _PACKED),
    (0, b"\xfd7zXZ\0", "xz", _PACKED),
    (0, b"\x28\xb5\x2f\xfd", "zstd", _PACKED),
    (0, b"7z\xbc\xaf", "a 7z archive", _PACKED),
    (0, b"Rar!", "a RAR archive", _PACKED),
    (257, b"ustar", "a tar archive", _PACKED),
    (0, b"SQLite format 3\0", "an SQLite database", "send what you select from it, as text"),
    (0, b"\x7fELF", "a program", ""),
    (0, b"MZ", "a program", ""),
    (0, b"\xcf\xfa\xed\xfe", "a program", ""),
    (0, b"GGUF", "the weights of a model", "--local {} runs it"),
    (0, b"\xff\xfe", "UTF-16 text", "save it as UTF-8"),
    (0, b"\xfe\xff", "UTF-16 text", "save it as UTF-8"),
)


def look(data: bytes) -> tuple[str, str]:
    """Give (what it looks like, what to do); "{}" in the second stands for the file."""
    for at, begins, what, way in _OTHERS:
        if data.startswith(begins, at):
            return what, way
    shown = " ".join(f"{byte:02x}" for byte in data[:8])
    letters = visible("".join(chr(byte) if 32 < byte < 127 else "." for byte in data[:8]))
    return f"nothing that is known here: it begins with {shown} ({letters})", ""

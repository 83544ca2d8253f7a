"""What a file is that is no picture which can be read here, by its first bytes, and what to do about it."""

from __future__ import annotations

import re

READ = "JPEG, PNG, WebP, AVIF, HEIC, GIF, BMP, ICO or TIFF"
SAVE = "save it as JPEG or PNG"
DAMAGED = "is damaged and cannot be decoded"
VIDEO = "is a video, not a picture: save single frames of it as JPEG or PNG"
DICOM = "is a DICOM picture, as medical devices write it: export it as PNG or TIFF"
BARE_DICOM = (b"\x08\0\0\0UL", b"\x08\0\5\0CS", b"\x08\0\x08\0CS", b"\x08\0\x16\0UI")  # without a preamble
RAW = "is a RAW photo, as the camera's sensor recorded it: develop it to JPEG, TIFF or PNG"
HEAD = 4096  # bytes that are looked at

# (where, the bytes there, what that is): the first that fits counts.
SIGNS: tuple[tuple[int, bytes, str], ...] = (
    *((at, sign, DICOM) for at, sign in ((128, b"DICM"), (0, b"\2\0\0\0UL"), *((0, start) for start in BARE_DICOM))),
    (8, b"CR\x02\0", RAW),
    (0, b"FUJIFILMCCD-RAW", RAW),
    (0, b"IIRO", RAW),
    (0, b"IIRS", RAW),
    (0, b"MMOR", RAW),
    (0, b"IIU\0", RAW),
    (0, b"FOVb", RAW),
    (0, b"\0MRM", RAW),
    (4, b"ftypcrx", RAW),
    (4, b"ftypavi", f"is an AVIF picture that is damaged or of a kind that cannot be read here: {SAVE}"),
    *(
        (4, b"ftyp" + brand, f"is a HEIC picture that is damaged or of a kind that cannot be read here: {SAVE}")
        for brand in (b"hei", b"hev", b"mif", b"msf")
    ),
    (4, b"ftyp", VIDEO),
    (4, b"moov", VIDEO),
    (4, b"mdat", VIDEO),
    (4, b"wide", VIDEO),
    (0, b"G@", VIDEO),
    (4, b"G@", VIDEO),
    (8, b"AVI ", VIDEO),
    (0, b"\x1aE\xdf\xa3", VIDEO),
    (0, b"\0\0\1\xba", VIDEO),
    (0, b"\0\0\1\xb3", VIDEO),
    (0, b"FLV\1", VIDEO),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", VIDEO),
    (0, b"OggS", VIDEO),
    (8, b"WAVE", "is a sound, not a picture"),
    (0, b"ID3", "is a sound, not a picture"),
    (0, b"fLaC", "is a sound, not a picture"),
    (0, b"%PDF", "is a PDF document, not a picture: save its pages or pictures as PNG"),
    (0, b"%!PS", "is a PostScript drawing: save it as PNG"),
    (0, b"\xc5\xd0\xd3\xc6", "is a PostScript drawing: save it as PNG"),
    (0, b"version https://git-lfs", "is a pointer of Git LFS, not the picture: fetch the files with git lfs pull"),
    (0, b"8BPS", f"is a Photoshop document: {SAVE}"),
    (0, b"gimp xcf", f"is a GIMP document: {SAVE}"),
    (0, b"\xff\x0a", f"is a JPEG XL picture, which cannot be read here: {SAVE}"),
    (4, b"JXL ", f"is a JPEG XL picture, which cannot be read here: {SAVE}"),
    (4, b"jP  ", f"is a JPEG 2000 picture, which cannot be read here: {SAVE}"),
    (0, b"\xff\x4f\xff\x51", f"is a JPEG 2000 picture, which cannot be read here: {SAVE}"),
    (0, b"II\xbc\x01", f"is a JPEG XR picture, which cannot be read here: {SAVE}"),
    (0, b"\x76\x2f\x31\x01", f"is an OpenEXR picture, which cannot be read here: {SAVE}"),
    (0, b"#?RADIANCE", f"is an HDR picture, which cannot be read here: {SAVE}"),
    (0, b"qoif", f"is a QOI picture, which cannot be read here: {SAVE}"),
    (0, b"DDS ", f"is a DDS texture, which cannot be read here: {SAVE}"),
    (0, b"SIMPLE  =", "is a FITS file, as telescopes write it: export its picture as PNG or TIFF"),
    (0, b"NRRD0", "is an NRRD volume: export its slices as PNG"),
    (344, b"n+1\0", "is a NIfTI volume: export its slices as PNG"),
    (0, b"\x93NUMPY", "is a NumPy array, not a picture: save each picture as PNG"),
    (0, b"\x89HDF", "is an HDF5 file, not a picture: save each picture as PNG"),
    (0, b"MATLAB 5.0", "is a MATLAB file, not a picture: save each picture as PNG"),
    (0, b"SQLite format 3", "is a database, not a picture"),
    *(
        (0, sign, "is an archive inside the upload: unpack it first")
        for sign in (b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
    ),
    *((0, sign, DAMAGED) for sign in (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"\0\0\1\0")),
    (8, b"WEBP", DAMAGED),
)
NETPBM = tuple(b"P%d%c" % (kind, space) for kind in range(1, 8) for space in b" \n\r\t")


def what_else(data: bytes) -> str:
    """What these bytes are, as the end of a sentence that begins with the file's name."""
    head = data[:HEAD]
    for start, sign, said in SIGNS:
        if head[start : start + len(sign)] == sign:
            return said
    if head.startswith(NETPBM):
        return f"is a Netpbm picture (PPM, PGM or PBM), which cannot be read here: {SAVE}"
    unknown = f"is not a picture in a known format ({READ})"
    try:
        text = head.decode("utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "ignore").lower()
        head[:-4].decode("utf-8-sig" if not head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-16")
    except UnicodeDecodeError:
        return unknown
    if tag := re.search("<svg|<html|<!doctype html", text):
        drawing = "is an SVG drawing, which has no pixels: export it as PNG"
        return drawing if tag[0] == "<svg" else "is a web page, not a picture"
    text = text.lstrip()
    if text.startswith("<?xml"):
        return "is a document in XML, not a picture"
    return unknown if "\0" in text else "is a text file, not a picture"

"""Distinct media files, quickly: base material made once a process, varied all through for each file.

Adding a unique tag to the same picture would be quicker and dishonest: a tool that finds repeated
blocks would store it once. So each picture gets grain of its own and is encoded anew, each sound
is another order of short pieces, each document another text with another stamp. Every file is
whole and valid. Nothing here is damaged on purpose.
"""

from __future__ import annotations

import io
import itertools
from array import array
from collections.abc import Sequence
from functools import cache
from random import Random

import av
import pikepdf
from PIL import Image

from lantai import samples_document as paper
from lantai import samples_media as media

SIZES = ((2304, 1728), (2592, 1944), (3264, 2448), (3648, 2736), (4000, 3000))
_MARGIN = 256  # pixels by which a base scene is larger than the picture cut from it
_SCENES = 3  # base scenes a size and process
_RATE = 44_100
_CAMERAS = (media.Camera("Canon", "Canon EOS 5D Mark III"), media.Camera("SONY", "DSC-RX100"))


@cache
def _scene(size: tuple[int, int], number: int) -> Image.Image:
    random = Random(f"scene {size} {number}")
    return media.photograph(random, size[0] + _MARGIN, size[1] + _MARGIN, noise=0)


def _picture(random: Random, noise: int) -> Image.Image:
    """A cut from a base scene with grain of its own."""
    size = random.choice(SIZES)
    left, top = random.randrange(_MARGIN), random.randrange(_MARGIN)
    scene = _scene(size, random.randrange(_SCENES))
    light, *colours = scene.crop((left, top, left + size[0], top + size[1])).split()
    return Image.merge("YCbCr", [media.with_noise(random, light, noise), *colours])


def jpeg(random: Random) -> bytes:
    """A photograph of 4 to 12 MP and about 1.5 to 5 MB; one in eight is progressive."""
    taken = f"2016:{random.randint(1, 12):02}:{random.randint(1, 28):02} 09:{random.randrange(60):02}:00"
    picture = _picture(random, random.choice((14, 17, 20)))
    return media.jpeg(picture, random.choice(_CAMERAS), taken, progressive=random.randrange(8) == 0)


def tiff(random: Random) -> bytes:
    """An uncompressed scan of 12 to 36 MB."""
    return media.tiff(_picture(random, 6), media.Camera("EPSON", "Perfection V850"), "raw")


@cache
def _pieces(number: int) -> Sequence[bytes]:
    """A minute of stereo in pieces of 50 ms."""
    samples = media.sound(Random(f"sound {number}"), 60, _RATE, 2).tobytes()
    step = _RATE // 20 * 4
    return [samples[n : n + step] for n in range(0, len(samples), step)]


def wav(random: Random) -> bytes:
    """A recording of 60 to 120 s, 10 to 20 MB."""
    pieces = random.choices(_pieces(random.randrange(4)), k=random.randint(1200, 2400))
    samples: array[int] = array("h", b"".join(pieces))
    return media.wav(samples, _RATE, 2)


@cache
def _frames(number: int) -> Sequence[bytes]:
    """The MP3 frames of a minute of stereo, encoded without a reservoir: each stands by itself."""
    out = io.BytesIO()
    samples = media.sound(Random(f"music {number}"), 60, _RATE, 2)
    with av.open(out, "w", format="mp3", options={"write_xing": "0", "id3v2_version": "0"}) as container:
        stream = container.add_stream("libmp3lame", rate=_RATE, layout="stereo", format="s16p")
        stream.bit_rate = 160_000
        stream.options = {"reservoir": "0", "compression_level": "9"}
        frames = []
        for frame in media.frames(samples, _RATE, 2):
            frames += [bytes(packet) for packet in stream.encode(frame)]
    return frames[2:]  # the first ones hold the encoder's delay


def mp3(random: Random) -> bytes:
    """A recording of 100 to 200 s, 2 to 4 MB: single frames in an order of its own."""
    frames = random.choices(_frames(random.randrange(4)), k=random.randint(3800, 7600))
    return b"".join(frames)


def pdf(random: Random, title: str, author: str, sentences: Sequence[str]) -> bytes:
    """A document of 1 to 5 pages and 50 to 150 KB: text of its own and a stamp of its own."""
    paragraphs = ["".join(random.sample(sentences, 3)) for _ in range(12)]
    data = paper.document(title, author, paragraphs, random.randint(1, 5))
    side = random.randrange(160, 320, 20)
    stamp = Image.frombytes("L", (side, side), random.randbytes(side * side))
    picture = io.BytesIO()
    stamp.save(picture, "JPEG", quality=70)
    with pikepdf.open(io.BytesIO(data)) as document:
        _stamp(document, picture.getvalue(), side)
        out = io.BytesIO()
        document.save(out, deterministic_id=True)
    return out.getvalue()


def _stamp(document: pikepdf.Pdf, picture: bytes, side: int) -> None:
    """Put a grey JPEG in the lower right corner of the first page."""
    page = document.pages[0]
    image = pikepdf.Stream(document, picture)
    image.update(
        {
            "/Type": pikepdf.Name.XObject,
            "/Subtype": pikepdf.Name.Image,
            "/Width": side,
            "/Height": side,
            "/ColorSpace": pikepdf.Name.DeviceGray,
            "/BitsPerComponent": 8,
            "/Filter": pikepdf.Name.DCTDecode,
        }
    )
    name = page.add_resource(image, pikepdf.Name.XObject, pikepdf.Name.Stamp)
    page.contents_add(f"q 90 0 0 90 440 60 cm {name} Do Q".encode("ascii"))


def numbered(kinds: dict[str, int]) -> list[tuple[str, int]]:
    """(kind, number) for every file, the kinds in turn so that any part of the corpus has all of them."""
    rows = [[(kind, n, (n + 0.5) / count) for n in range(count)] for kind, count in kinds.items()]
    return [(kind, n) for kind, n, _ in sorted(itertools.chain(*rows), key=lambda row: (row[2], row[0]))]

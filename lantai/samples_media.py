"""Photographs and sounds for the sample batch, drawn and played from a random generator.

The files are real: whole JPEG, TIFF, WAV and MP3 files with the metadata that cameras write. The
same generator gives the same bytes. Damage is not done here (see `samples.py`), nor are documents
(see `samples_document.py`).
"""

from __future__ import annotations

import io
import math
import wave
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import av
from PIL import Image, ImageChops, ImageDraw, ImageFilter

_EXIF_POINTER = 0x8769
_MAKE, _MODEL, _CHANGED = 0x010F, 0x0110, 0x0132
_TAKEN, _WIDTH, _HEIGHT = 0x9003, 0xA002, 0xA003
_NOISE_TILE = 1024


@dataclass(frozen=True, slots=True)
class Camera:
    """Maker and model as a camera writes them into its pictures."""

    make: str
    model: str


def photograph(random: Random, width: int, height: int, noise: int = 9) -> Image.Image:
    """A landscape of `width` × `height` pixels, YCbCr, with sensor noise of ± `noise` of 255 steps."""
    small = _landscape(random, max(64, width // 4), max(64, height // 4)).convert("YCbCr")
    light, *colours = (band.resize((width, height), Image.Resampling.BICUBIC) for band in small.split())
    return Image.merge("YCbCr", [with_noise(random, light, noise) if noise else light, *colours])


def _landscape(random: Random, width: int, height: int) -> Image.Image:
    """Sky, a sun, and four ridges that grow darker towards the eye."""
    hue = random.randrange(40)
    sky = Image.linear_gradient("L").resize((width, height))
    image = Image.merge("RGB", [sky.point(lambda v, low=low: low + v // 4)
                                for low in (150 + hue, 170, 190 - hue)])  # fmt: skip
    draw = ImageDraw.Draw(image)
    x, y, r = random.randrange(width), random.randrange(height // 3), height // 14
    draw.ellipse((x - r, y - r, x + r, y + r), fill=(244, 226 - hue, 196))
    for step in range(4):
        colour = (110 - 24 * step + hue, 130 - 22 * step, 134 - 24 * step)
        crest = _ridge(random, width, height * (40 + 14 * step) // 100, height // (6 + step))
        draw.polygon([*crest, (width, height), (0, height)], fill=colour)
    return image.filter(ImageFilter.GaussianBlur(1.2))


def _ridge(random: Random, width: int, level: int, swing: int) -> list[tuple[int, int]]:
    """The crest of a hill from left to right: three waves and a little roughness."""
    waves = [(random.uniform(0.6, 5), random.uniform(0, 6.3), swing / (n + 1)) for n in range(3)]
    crest = []
    for x in range(0, width + 4, 4):
        lift = sum(a * math.sin(f * 6.3 * x / width + p) for f, p, a in waves)
        crest.append((x, int(level + lift / 2 + random.uniform(-2, 2))))
    return crest


def with_noise(random: Random, light: Image.Image, strength: int) -> Image.Image:
    """Luminance with the grain of a sensor of ± `strength` steps; both pictures are of mode L."""
    tile = Image.frombytes("L", (_NOISE_TILE, _NOISE_TILE), random.randbytes(_NOISE_TILE**2))
    tile = tile.point(lambda value: 128 - strength + value * 2 * strength // 255)
    grain = Image.new("L", light.size)
    for left in range(0, light.width, _NOISE_TILE):
        for top in range(0, light.height, _NOISE_TILE):
            grain.paste(tile, (left, top))
    return ImageChops.add(light, grain, offset=-128)


def exif(camera: Camera, taken: str, size: tuple[int, int]) -> Image.Exif:
    """Camera, capture time `YYYY:MM:DD HH:MM:SS` and pixel counts as EXIF."""
    tags = Image.Exif()
    tags[_MAKE], tags[_MODEL], tags[_CHANGED] = camera.make, camera.model, taken
    tags.get_ifd(_EXIF_POINTER).update({_TAKEN: taken, _WIDTH: size[0], _HEIGHT: size[1]})
    return tags


def jpeg(image: Image.Image, camera: Camera, taken: str, *, progressive: bool = False) -> bytes:
    """A whole JPEG file as a camera writes it: baseline or progressive, with EXIF."""
    out = io.BytesIO()
    tags = exif(camera, taken, image.size)
    image.save(out, "JPEG", quality=88, progressive=progressive, exif=tags, dpi=(300, 300))
    return out.getvalue()


def tiff(image: Image.Image, camera: Camera, compression: str) -> bytes:
    """A whole TIFF file; `compression` is `raw` or `tiff_lzw`."""
    out = io.BytesIO()
    tags = {271: camera.make, 272: camera.model}
    image.convert("RGB").save(out, "TIFF", compression=compression, dpi=(600, 600), tiffinfo=tags)
    return out.getvalue()


def sound(random: Random, seconds: int, rate: int, channels: int) -> array[int]:
    """Interleaved 16-bit samples: a slow melody over a drone, four seconds long and repeated."""
    phrase: array[int] = array("h")
    drone = random.choice((98.0, 110.0, 130.8))
    for _ in range(8):
        phrase.extend(_note(drone, drone * random.choice((2, 2.25, 2.5, 3, 3.375, 4)), rate // 2))
    voice = (phrase * (seconds // 4 + 1))[: seconds * rate]
    if channels == 1:
        return voice
    both = array("h", bytes(4 * len(voice)))
    both[0::2], both[1::2] = voice, voice[rate // 50 :] + voice[: rate // 50]
    return both


def _note(drone: float, pitch: float, count: int) -> array[int]:
    """Half a second of one tone that fades, over the drone."""
    a, b, fade = 6.283185 * drone / (2 * count), 6.283185 * pitch / (2 * count), 9000 / count
    sin = math.sin
    return array("h", [int(2400 * sin(a * n) + (9000 - fade * n) * sin(b * n)) for n in range(count)])


def wav(samples: array[int], rate: int, channels: int) -> bytes:
    """A whole RIFF/WAVE file, 16-bit PCM."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes(samples.tobytes())
    return out.getvalue()


def mp3(samples: array[int], rate: int, channels: int, tags: dict[str, str]) -> bytes:
    """A whole MP3 file of 128 kbit/s with ID3 `tags`."""
    out = io.BytesIO()
    layout = ("mono", "stereo")[channels - 1]
    with av.open(out, "w", format="mp3") as container:
        container.metadata.update(tags)
        stream: Any = container.add_stream("libmp3lame", rate=rate, layout=layout, format="s16p")
        stream.bit_rate, stream.options = 128_000, {"compression_level": "9"}  # the fastest
        for frame in frames(samples, rate, channels):
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


def frames(samples: array[int], rate: int, channels: int) -> Iterator[av.AudioFrame]:
    """Interleaved samples as frames of 1,152 a channel, as an MP3 encoder takes them."""
    block = 1152 * channels
    for start in range(0, len(samples), block):
        part = samples[start : start + block]
        frame = av.AudioFrame(format="s16p", layout=("mono", "stereo")[channels - 1], samples=1152)
        for number, plane in enumerate(frame.planes):
            # A plane takes exactly its own size: padding and a short last block are silence.
            plane.update(part[number::channels].tobytes().ljust(plane.buffer_size, b"\0"))
        frame.sample_rate = rate
        yield frame

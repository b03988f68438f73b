"""Small real media files made on the spot: photographs, scans, sound, documents. No numpy, no files on disk.

Every function is deterministic for its arguments and returns the bytes of one whole, undamaged file.
"""

from __future__ import annotations

import io
import math
import random
import struct
import wave
from typing import Any

from PIL import Image


def picture(width: int, height: int, seed: int = 1, mode: str = "RGB") -> Image.Image:
    """Something like a photograph: smooth colours with grain, so that it compresses like one."""
    rng = random.Random(seed)
    coarse = (max(width // 24, 2), max(height // 24, 2))
    smooth = Image.frombytes("RGB", coarse, rng.randbytes(coarse[0] * coarse[1] * 3))
    grain = Image.frombytes("RGB", (width, height), rng.randbytes(width * height * 3))
    blended = Image.blend(smooth.resize((width, height), Image.Resampling.BICUBIC), grain, 0.08)
    return blended.convert(mode)


def page(width: int, height: int, seed: int = 1) -> Image.Image:
    """Something like a scanned page: white, with dark lines of uneven length."""
    rng = random.Random(seed)
    image = Image.new("L", (width, height), 255)
    for top in range(height // 10, height - height // 10, 12):
        end = rng.randrange(width // 4, width - width // 10)
        for left in range(width // 10, end, 9):
            image.paste(rng.randrange(40), (left, top, left + rng.randrange(2, 8), top + 8))
    return image


def jpeg(
    width: int = 640, height: int = 480, seed: int = 1, *, image: Image.Image | None = None, **options: Any
) -> bytes:
    """A JPEG; `options` go to Pillow (quality, progressive, optimize, exif, …)."""
    return saved(image or picture(width, height, seed), "JPEG", **{"quality": 90, **options})


def tiff(
    width: int = 640, height: int = 480, compression: str | None = None, *, pages: int = 1, mode: str = "RGB"
) -> bytes:
    """A TIFF of so many pages; `compression` as Pillow names it (tiff_lzw, tiff_adobe_deflate, group4, …)."""
    images = [picture(width, height, seed, mode) for seed in range(1, pages + 1)]
    more: dict[str, Any] = {"save_all": True, "append_images": images[1:]} if pages > 1 else {}
    return saved(images[0], "TIFF", compression=compression, **more)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """`image` written by Pillow."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def samples(seconds: float, rate: int, channels: int = 1, seed: int = 1) -> bytes:
    """16-bit little-endian sound: a tone with noise."""
    rng = random.Random(seed)
    count = int(seconds * rate)
    tone = (
        int(9000 * math.sin(i / 11) + rng.randrange(-3000, 3000))
        for i in range(count)
        for _ in range(channels)
    )
    return struct.pack(f"<{count * channels}h", *tone)


def wav(seconds: float = 0.5, rate: int = 44100, channels: int = 2, *, width: int = 2) -> bytes:
    """A PCM WAV."""
    out = io.BytesIO()
    with wave.open(out, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(width)
        writer.setframerate(rate)
        writer.writeframes(samples(seconds * width / 2, rate, channels))
    return out.getvalue()


def sound(
    kind: str, codec: str, seconds: float = 2.0, rate: int = 44100, *, bit_rate: int = 128_000, **options: str
) -> bytes:
    """Sound encoded by FFmpeg: ("mp3", "libmp3lame"), ("wav", "adpcm_ms"), …; `options` for the container."""
    import av

    out = io.BytesIO()
    with av.open(out, "w", format=kind, options=options) as file:
        stream = file.add_stream(codec, rate=rate, layout="stereo")
        stream.bit_rate = bit_rate
        frame = av.AudioFrame("s16", "stereo", int(seconds * rate))
        frame.sample_rate = rate
        frame.planes[0].update(samples(seconds, rate, 2).ljust(frame.planes[0].buffer_size, b"\0"))
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return out.getvalue()


def mp3(seconds: float = 2.0, rate: int = 44100, *, header: bool = True, bit_rate: int = 128_000) -> bytes:
    """An MP3 at a constant rate, with an Info header and ID3v2 tag, or (header=False) with neither."""
    options = {} if header else {"write_xing": "0", "id3v2_version": "0"}
    return sound("mp3", "libmp3lame", seconds, rate, bit_rate=bit_rate, **options)


_LETTERS = str.maketrans("0123456789", "ghijklmnop")


def pdf(
    pages: int = 3,
    *,
    embedded: bool = True,
    picture: bytes = b"",
    extra: Any = None,
    object_streams: bool = False,
    **options: Any,
) -> bytes:
    """A PDF of text pages with one TrueType font, embedded or not; `picture` is a JPEG for each page.

    `extra(pdf)` may change the document before it is written; `options` go to `Pdf.save`.
    """
    import pikepdf
    from pikepdf import Array, Dictionary, Name

    rng = random.Random(pages)
    document = pikepdf.new()
    descriptor = Dictionary(Type=Name.FontDescriptor, FontName=Name.Sample, Flags=32)
    if embedded:
        descriptor.FontFile2 = document.make_stream(rng.randbytes(20_000))
    font = Dictionary(Type=Name.Font, Subtype=Name.TrueType, BaseFont=Name.Sample)
    font.FontDescriptor = document.make_indirect(descriptor)
    font = document.make_indirect(font)
    for number in range(pages):
        # Words and not numbers, of which there may be identifiers: each page's text is read and screened.
        words = [rng.randbytes(9).hex().translate(_LETTERS) for _ in range(72, 720, 12)]
        lines = [
            f"BT /F1 12 Tf 72 {72 + 12 * n} Td (Line {number} {one}) Tj ET" for n, one in enumerate(words)
        ]
        sheet = document.add_blank_page(page_size=(595, 842))
        sheet.Contents = document.make_stream("\n".join(lines).encode())
        sheet.Resources = Dictionary(Font=Dictionary(F1=font))
        if picture:
            with Image.open(io.BytesIO(picture)) as opened:
                size = opened.size
            drawn = pikepdf.Stream(document, picture, Type=Name.XObject, Subtype=Name.Image)
            drawn.Width, drawn.Height, drawn.BitsPerComponent = size[0], size[1], 8
            drawn.ColorSpace, drawn.Filter = Name.DeviceRGB, Name.DCTDecode
            sheet.Resources.XObject = Dictionary(I1=drawn)
    document.Root.Lang = "zh"
    document.Root.Unused = Array([])
    if extra:
        extra(document)
    out = io.BytesIO()
    mode = pikepdf.ObjectStreamMode.generate if object_streams else pikepdf.ObjectStreamMode.disable
    document.save(out, object_stream_mode=mode, **{"deterministic_id": True, **options})
    return out.getvalue()


def video(
    kind: str = "mp4", codec: str = "libx264", seconds: float = 2.0, *, size: tuple[int, int] = (320, 240),
    sounds: str = "",
) -> bytes:  # fmt: skip
    """Moving pictures encoded by FFmpeg, 25 a second: ("mp4", "libx264"), ("avi", "mpeg4"), ("vob",
    "mpeg2video"), …; black at first, then colours that change; `sounds` is the codec of a tone.
    """
    import av

    out, (width, height) = io.BytesIO(), size
    with av.open(out, "w", format=kind) as file:
        stream = file.add_stream(codec, rate=25)
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        heard = file.add_stream(sounds, rate=44100, layout="stereo") if sounds else None
        for number in range(int(seconds * 25)):
            frame = av.VideoFrame(width, height, "rgb24")
            colour = bytes((number * 5 % 256, 120, 200)) if number else b"\0\0\0"
            plane = frame.planes[0]
            plane.update((colour * width).ljust(plane.line_size, b"\0") * height)
            frame.pts = number
            file.mux(stream.encode(frame.reformat(format=stream.pix_fmt)))
        file.mux(stream.encode(None))
        if heard is not None:
            _tone(file, heard, seconds)
    return out.getvalue()


def _tone(file: Any, stream: Any, seconds: float) -> None:
    import av

    frame = av.AudioFrame("s16", "stereo", int(seconds * 44100))
    frame.sample_rate = 44100
    frame.planes[0].update(samples(seconds, 44100, 2).ljust(frame.planes[0].buffer_size, b"\0"))
    turned = av.AudioResampler(format=stream.codec_context.format, layout="stereo", rate=44100)
    for one in turned.resample(frame):
        file.mux(stream.encode(one))
    file.mux(stream.encode(None))

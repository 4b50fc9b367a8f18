"""Writes pictures.json: small picture files of many kinds, and the pixels that Pillow reads from them.

make_pictures.py    (needs Pillow and numpy)

Each entry: the file in hexadecimal, its upright size and its pixels as RGB in hexadecimal, alpha dropped.
"""

import io
import json
import pathlib
import struct

import numpy as np
from PIL import Image, ImageOps

HEIGHT, WIDTH = 5, 7
RANDOM = np.random.default_rng(4)


def picture(channels=3):
    shape = (HEIGHT, WIDTH) if channels == 1 else (HEIGHT, WIDTH, channels)
    return RANDOM.integers(0, 256, shape).astype(np.uint8)


def saved(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def turned(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def paletted(colours, **options):
    return Image.fromarray(picture()).quantize(colours, **options)


def bmp(bits, rows, *, compression=0, palette=b"", masks=b"", top_down=False, old=False):
    """A BMP of rows of bytes, from the last to the first unless top down."""
    padded = b"".join(row + bytes(-len(row) % 4) for row in (rows if top_down else rows[::-1]))
    if old:
        header = struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, bits)
    else:
        height = -HEIGHT if top_down else HEIGHT
        entries = len(palette) // 4
        header = struct.pack("<IiiHHIIiiII", 40, WIDTH, height, 1, bits, compression, len(padded), 0, 0, entries, 0)
    start = 14 + len(header) + len(masks) + len(palette)
    return struct.pack("<2sIHHI", b"BM", start + len(padded), 0, 0, start) + header + masks + palette + padded


def deep_rows(bits):
    values = RANDOM.integers(0, 2**bits, (HEIGHT, WIDTH))
    return [b"".join(int(v).to_bytes(bits // 8, "little") for v in row) for row in values]


def four_bit_rows():
    values = RANDOM.integers(0, 16, (HEIGHT, WIDTH + 1))
    return [bytes(int(a) << 4 | int(b) for a, b in zip(row[::2], row[1::2])) for row in values]


def files():
    rgb, rgba = Image.fromarray(picture()), Image.fromarray(picture(4))
    yield "webp_lossless", saved(rgb, "WEBP", lossless=True)
    yield "webp_lossy", saved(Image.fromarray(picture()), "WEBP", quality=80)
    yield "webp_alpha", saved(rgba, "WEBP", lossless=True, exact=True)
    yield "webp_turned", saved(rgb, "WEBP", lossless=True, exif=turned(6))
    frames = [Image.fromarray(picture()) for _ in range(2)]
    yield "webp_film", saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    yield "gif", saved(paletted(16), "GIF", interlace=False)
    yield "gif_interlaced", saved(paletted(16), "GIF", interlace=True)
    yield "gif_grey", saved(Image.fromarray(picture(1)), "GIF")
    yield "gif_transparent", saved(paletted(8), "GIF", transparency=2)
    films = [paletted(8) for _ in range(2)]
    yield "gif_film", saved(films[0], "GIF", save_all=True, append_images=films[1:])
    for bits in (1, 2, 4, 8):
        yield f"png_palette_{bits}", saved(paletted(2**bits), "PNG", bits=bits)
    yield "png_palette_transparent", saved(paletted(8), "PNG", transparency=3)
    yield "png_grey_alpha", saved(Image.fromarray(picture(2), "LA"), "PNG")
    yield "png_one_bit", saved(Image.fromarray(picture(1)).convert("1"), "PNG")
    for orientation in (3, 6, 7):
        yield f"png_turned_{orientation}", saved(rgb, "PNG", exif=turned(orientation))
    table = RANDOM.integers(0, 256, (16, 4)).astype(np.uint8)
    table[:, 3] = 0
    yield "bmp_1", saved(Image.fromarray(picture(1)).convert("1"), "BMP")
    yield "bmp_4", bmp(4, four_bit_rows(), palette=table.tobytes())
    yield "bmp_4_os2", bmp(4, four_bit_rows(), palette=table[:, :3].tobytes(), old=True)
    yield "bmp_8", saved(paletted(256), "BMP")
    yield "bmp_8_grey", saved(Image.fromarray(picture(1)), "BMP")
    yield "bmp_16", bmp(16, deep_rows(16))
    yield "bmp_16_masks", bmp(16, deep_rows(16), compression=3, masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F))
    yield "bmp_24", saved(rgb, "BMP")
    yield "bmp_24_top_down", bmp(24, deep_rows(24), top_down=True)
    yield "bmp_32", bmp(32, deep_rows(32))
    yield "bmp_32_masks", bmp(32, deep_rows(32), compression=3, masks=struct.pack("<III", 0xFF000000, 0xFF0000, 0xFF00))
    yield "bmp_32_alpha", saved(rgba, "BMP")


def main():
    entries = []
    for name, content in files():
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
        pixels = np.asarray(image.convert("RGB"))
        height, width, _ = pixels.shape
        entries.append(
            {
                "name": name,
                "height": height,
                "width": width,
                "file": content.hex(),
                "rgb": pixels.tobytes().hex(),
                "grey": np.asarray(Image.fromarray(pixels).convert("L")).tobytes().hex(),
            }
        )
    lines = ",\n".join(json.dumps(entry) for entry in entries)
    pathlib.Path(__file__).with_name("pictures.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()

"""Cases of pixel values: rescale, lookup tables, bits, sizes, padding, colour; samples of unusual kinds; one-bit masks."""

import struct

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels import apply_modality_lut
from pydicom.sequence import Sequence

from files_slices import (
    COLUMNS, EXPLICIT, PIXEL_DATA, ROWS, SLICES, bits, case, element, enhanced, file_of, header, headers_alone, in_one,
    measured, pair, parts, put, reads, refuses, rescale, series, stored, uid, volume, with_pixels,
)

BASE = "stored 7 c + 13 r + 100 s"


def rescales():
    # The first slice alone would do with whole numbers.
    own = [(1 + s / 8, -1000 + 10.25 * s) for s in range(SLICES)]
    values = np.stack([stored(s) * slope + intercept for s, (slope, intercept) in enumerate(own)])

    def own_rescale(ds, s):
        ds.RescaleSlope, ds.RescaleIntercept = map(str, own[s])

    name, source = "rescale_per_slice", f"closed form: {BASE}, slope 1 + s / 8, intercept -1000 + 10.25 s"
    reads(name, "P01 O14", source, series(name, own_rescale), values)
    measured(name, "P01 O14", source, values)

    # Philips MR: slopes far below 1, one for each slice.
    small = [0.001 * (s + 1) for s in range(SLICES)]

    def mr(ds, s):
        ds.SOPClassUID, ds.Modality = "1.2.840.10008.5.1.4.1.1.4", "MR"
        ds.RescaleSlope, ds.RescaleIntercept = f"{small[s]:g}", "0"

    name = "rescale_per_slice_mr"
    reads(name, "P01", f"closed form: {BASE}, slope 0.001 (s + 1)", series(name, mr),
          np.stack([stored(s) * small[s] for s in range(SLICES)]))

    order = [2, 0, 1]
    frames = np.stack([stored(s) for s in order])

    def groups(ds, per_frame, shared):
        for frame, s in zip(ds.PerFrameFunctionalGroupsSequence, order):
            if per_frame:
                frame.PixelValueTransformationSequence = rescale(*per_frame(s))
        if shared:
            ds.SharedFunctionalGroupsSequence[0].PixelValueTransformationSequence = rescale(*shared)

    def multi(name, source, values, per_frame=None, shared=None, top=None):
        ds = enhanced(name, order)
        groups(ds, per_frame, shared)
        if top:
            ds.RescaleSlope, ds.RescaleIntercept = map(str, top)
        reads(name, "P01 L09", source, [file_of(ds, with_pixels(ds, frames))], values)

    by_frame = np.stack([stored(s) * (1 + s / 4) - 1000 + 10 * s for s in range(SLICES)])
    form = "slope 1 + s / 4 and intercept -1000 + 10 s of each frame; frames stored in the order 2, 0, 1"
    multi("rescale_per_frame", f"closed form: {BASE}, {form}", by_frame, lambda s: (1 + s / 4, -1000 + 10 * s))
    multi("rescale_shared", f"closed form: {BASE}, slope 2 and intercept -500 shared", volume() * 2 - 500, shared=(2, -500))
    multi("rescale_frame_before_shared", f"closed form: {BASE}, {form}; the shared group says slope 2", by_frame,
          lambda s: (1 + s / 4, -1000 + 10 * s), shared=(2, -500))
    multi("rescale_group_before_top_level", f"closed form: {BASE}, {form}; the object itself says slope 3", by_frame,
          lambda s: (1 + s / 4, -1000 + 10 * s), top=(3, -1))


def slopes_that_are_none():
    def zero(ds, s):
        ds.RescaleSlope = "0"

    name = "slope_zero"
    refuses(name, "P02", "a slope of 0 makes every value the same", series(name, in_one(zero)), "bad-attribute",
            says=["s1.dcm", "RescaleSlope"])

    def absent(ds, s):
        del ds.RescaleSlope, ds.RescaleIntercept

    def empty(ds, s):
        ds.RescaleSlope = ds.RescaleIntercept = None

    name = "slope_missing"
    reads(name, "P02", f"closed form: {BASE}", series(name, absent), volume(), problems=["no-rescale"], says=["s0.dcm"])

    values = volume() - 1024
    values[1] += 1024
    for name, change in (("slope_missing_in_one", absent), ("slope_empty_in_one", empty)):
        reads(name, "P02", f"closed form: {BASE}, intercept -1024 except in slice 1", series(name, in_one(change)), values,
              problems=["no-rescale"], says=["s1.dcm"])

    def mr(ds, s):
        absent(ds, s)
        ds.SOPClassUID, ds.Modality = "1.2.840.10008.5.1.4.1.1.4", "MR"

    name = "slope_missing_mr"
    reads(name, "P02", f"closed form: {BASE}; MR has no units to lose", series(name, mr), volume())

    def half(ds, s):
        del ds.RescaleSlope

    name = "slope_missing_beside_intercept"
    put(name, series(name, half))
    case(name, "P02", "a slope is missing on CT: said; which values are meant is open", problems=["no-rescale"])


def lookup_tables():
    def table(first, entries, signed=False):
        lut = Dataset()
        lut.add_new("LUTDescriptor", "SS" if signed else "US", [len(entries), first, 16])
        lut.ModalityLUTType = "HU"
        lut.add_new("LUTData", "OW", np.asarray(entries, "<u2").tobytes())
        return Sequence([lut])

    def series_with(name, sequence, change=lambda ds, s: None, values=stored):
        def own(ds, s):
            del ds.RescaleSlope, ds.RescaleIntercept
            ds.ModalityLUTSequence = sequence
            change(ds, s)
        return series(name, own, values=values)

    # 64 entries from 100 on: what lies below or above takes the first or the last entry.
    entries = [3 * i + 5 for i in range(64)]
    clipped = lambda values, first: 3 * np.clip(values - first, 0, 63) + 5
    name = "lookup_table"
    ds = header(name, 0)
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = EXPLICIT
    ds.ModalityLUTSequence = table(100, entries)
    assert (apply_modality_lut(volume().astype("u2"), ds) == clipped(volume(), 100)).all()
    reads(name, "P02 L08", f"closed form and pydicom: {BASE}; table 3 i + 5 of 64 entries from 100 on",
          series_with(name, table(100, entries)), clipped(volume(), 100), notes=["modality-lut"])
    measured(name, "P02 L08", "closed form and pydicom", clipped(volume(), 100))

    signed = lambda s: stored(s) - 150
    name = "lookup_table_signed"
    reads(name, "P02 L08", "closed form: stored 7 c + 13 r + 100 s - 150; table 3 i + 5 of 64 entries from -100 on",
          series_with(name, table(-100, entries, signed=True), lambda ds, s: bits(ds, 16, 16, signed=True), signed),
          clipped(volume(values=signed), -100), notes=["modality-lut"])

    # 256 entries promised, 64 there.
    short = table(100, entries)
    short[0].LUTDescriptor = [256, 100, 16]
    name = "lookup_table_short"
    refuses(name, "P02 P04 L08", "the table says that it has 256 entries and has 64", series_with(name, short), "bad-attribute",
            says=["s0.dcm"], whole=False)


def samples():
    low = lambda s: stored(s) - 400  # signed
    rubbish = lambda s: (0xA000, 0x5000, 0xF000)[s % 3]

    def reading(name, rows, form, change, values, stored_values=stored, **more):
        reads(name, rows, f"closed form: {form}", series(name, change, values=values), volume(values=stored_values) - 1024, **more)

    reading("dirty_high_bits", "P03 O15", f"{BASE}; bits 12 to 15 hold rubbish", lambda ds, s: bits(ds, 16, 12),
            lambda s: stored(s) | rubbish(s))
    measured("dirty_high_bits", "P03 O15", f"closed form: {BASE}", volume() - 1024)
    reading("dirty_high_bits_signed", "P03 O15", "stored 7 c + 13 r + 100 s - 400; bits 12 to 15 hold rubbish that is no sign",
            lambda ds, s: bits(ds, 16, 12, signed=True), lambda s: low(s) & 0xFFF | rubbish(s), low)
    reading("signed_10_of_16", "P03", "stored 7 c + 13 r + 100 s - 400, no sign above bit 9",
            lambda ds, s: bits(ds, 16, 10, signed=True), lambda s: low(s) & 0x3FF, low)

    def high(high_bit, stored_bits=12, signed=False):
        def change(ds, s):
            bits(ds, 16, stored_bits, signed)
            ds.HighBit = high_bit
        return change

    # The lowest bits are rubbish as well.
    reading("high_bit_15", "P03 L02 O16", f"{BASE}, in bits 4 to 15", high(15), lambda s: stored(s) << 4 | 5 * s & 15,
            problems=["odd-high-bit"])
    measured("high_bit_15", "P03 L02 O16", f"closed form: {BASE}", volume() - 1024, problems=["odd-high-bit"])
    reading("high_bit_13_signed", "P03 L02", "stored 7 c + 13 r + 100 s - 400, in bits 2 to 13; the others hold rubbish",
            high(13, signed=True), lambda s: (low(s) & 0xFFF) << 2 | 3 - s | (0x8000, 0x4000, 0xC000)[s], low,
            problems=["odd-high-bit"])
    for name, high_bit in (("high_bit_below", 10), ("high_bit_16", 16), ("high_bit_65535", 65535)):
        refuses(name, "P03 L02", f"12 stored bits do not end at bit {high_bit} of 16", series(name, in_one(high(high_bit))),
                "bad-attribute", says=["s1.dcm", "HighBit"])
    for number in (0, 17, 31, 65535):
        name = f"bits_stored_{number}"
        change = in_one(lambda ds, s: setattr(ds, "BitsStored", number) or setattr(ds, "HighBit", max(number - 1, 0)))
        refuses(name, "P03 P04 L02", f"{number} stored bits of 16", series(name, change), "bad-attribute",
                says=["s1.dcm", "BitsStored"])
    for number in (0, 12):
        name = f"bits_allocated_{number}"

        def allocated(by_tag, s):
            by_tag[0x00280100] = element(0x00280100, "US", struct.pack("<H", number))

        refuses(name, "P04", f"no sample has {number} bits", series(name, edit=in_one(allocated)), "bad-attribute",
                says=["s1.dcm", "BitsAllocated"])

    name = "full_16_bit"
    full = lambda s: stored(s) * 129  # up to 60 759
    reads(name, "P03", "closed form: 129 times (7 c + 13 r + 100 s), above 32 767 unsigned",
          series(name, lambda ds, s: bits(ds, 16, 16), values=full), volume(values=full) - 1024)

    # 32 bits, exact in single precision: below 2 to the power of 24.
    wide = lambda s: stored(s) * 40_000
    name = "integers_32_bit"
    reads(name, "P03 L08", "closed form: 40 000 times (7 c + 13 r + 100 s)",
          series(name, lambda ds, s: bits(ds, 32, 32), values=wide), volume(values=wide) - 1024)
    name = "integers_32_bit_signed"
    below = lambda s: wide(s) - 9_000_000
    reads(name, "P03 L08", "closed form: 40 000 times (7 c + 13 r + 100 s) less 9 000 000",
          series(name, lambda ds, s: bits(ds, 32, 32, signed=True), values=below), volume(values=below) - 1024)
    name = "integers_20_of_32_bit"
    reads(name, "P03 L08", "closed form: 1000 times (7 c + 13 r + 100 s); bits 20 to 31 hold rubbish",
          series(name, lambda ds, s: bits(ds, 32, 20), values=lambda s: stored(s) * 1000 | 0x5A500000), volume() * 1000 - 1024)

    for name, tag, vr, kind, width in (("real_32_bit", 0x7FE00008, "OF", "<f4", 32), ("real_64_bit", 0x7FE00009, "OD", "<f8", 64)):
        def real(by_tag, s):
            del by_tag[PIXEL_DATA]
            for gone in (0x00280101, 0x00280102, 0x00280103):
                del by_tag[gone]
            by_tag[0x00280100] = element(0x00280100, "US", struct.pack("<H", width))
            by_tag[tag] = element(tag, vr, stored(s).astype(kind).tobytes())

        refuses(name, "L08", "real-valued samples are not read", pair(name, edit=real), "unsupported", says=["s0.dcm"], whole=False)


def sizes():
    def longer(by_tag, s):
        by_tag[PIXEL_DATA] = element(PIXEL_DATA, "OW", stored(s).astype("<u2").tobytes() + b"\x34\x12" * 24)

    name = "excess_pixel_data"
    reads(name, "P04 L06", f"closed form: {BASE}; 48 bytes more than the matrix needs", series(name, edit=in_one(longer)),
          problems=["excess-pixel-data"], says=["s1.dcm"])

    # 11 x 9 pixels of 8 bits are an odd number of bytes.
    odd = lambda s: (7 * np.mgrid[0:9, 0:11][1] + 13 * np.mgrid[0:9, 0:11][0] + 40 * s) % 256

    def small(ds, s):
        bits(ds, 8, 8)
        ds.Rows, ds.Columns = 9, 11

    name = "one_pad_byte"
    reads(name, "P04", "closed form: (7 c + 13 r + 40 s) modulo 256, 99 bytes and one of padding", series(name, small, values=odd),
          volume(values=odd) - 1024)

    def row_more(ds, s):
        ds.Rows = ROWS + 1

    name = "short_pixel_data"
    refuses(name, "P04 O10", "11 rows of 12 pixels need 264 bytes, 240 are there", pair(name, row_more), "corrupt",
            says=["s0.dcm", "264", "240"], whole=False)
    case(f"{name}_headers", "P04 O10 L07", "the same, without decoding", run=headers_alone(name), exit=4, problems=["corrupt"],
         says=["s0.dcm"])

    def cut(by_tag, s):
        by_tag[PIXEL_DATA] = element(PIXEL_DATA, "OW", stored(s).astype("<u2").tobytes()[:-2])

    name = "short_pixel_data_in_one"
    refuses(name, "P04 O10", "one sample is missing: 238 bytes of 240", series(name, edit=in_one(cut)), "corrupt",
            run=headers_alone(name))

    def none(by_tag, s):
        by_tag[PIXEL_DATA] = element(PIXEL_DATA, "OW", b"")

    name = "empty_pixel_data"
    refuses(name, "P04 O10", "0 bytes of 240", series(name, edit=in_one(none)), "corrupt")

    def gone(by_tag, s):
        del by_tag[PIXEL_DATA]

    name = "no_pixel_data"
    refuses(name, "O09", "an image without pixels", series(name, edit=in_one(gone)), "bad-attribute", says=["s1.dcm", "PixelData"])

    for name, keyword in (("rows_zero", "Rows"), ("columns_zero", "Columns")):
        refuses(name, "P04 O09", f"{keyword} is 0", series(name, in_one(lambda ds, s: setattr(ds, keyword, 0))), "bad-attribute",
                says=["s1.dcm", keyword])

    def huge(ds, s):
        ds.Rows = ds.Columns = 65535

    name = "rows_65535"
    refuses(name, "P04 L06", "65 535 x 65 535 pixels in 240 bytes", pair(name, huge), "corrupt", says=["s0.dcm"], whole=False)

    def frames(ds, s):
        ds.NumberOfFrames = 2147483647

    name = "frames_2147483647"
    refuses(name, "P04 L06", "2 147 483 647 frames in 240 bytes", series(name, in_one(frames)), "bad-attribute")
    ds = enhanced("enhanced_frames_2147483647")
    ds.NumberOfFrames = 2147483647
    name = "enhanced_frames_2147483647"
    refuses(name, "P04 L06", "2 147 483 647 frames, 3 items", [file_of(ds, with_pixels(ds, volume()))], "bad-attribute",
            says=["s0.dcm", "NumberOfFrames"], whole=False)


def padding():
    below = lambda s: stored(s) - 400
    left = np.zeros((SLICES, ROWS, COLUMNS), bool)
    left[:, :, :5] = True

    def with_padding(*tags):
        def change(ds, s):
            bits(ds, 16, 16, signed=True)
            for keyword, vr, number in tags:
                ds.add_new(keyword, vr, number)
        return change

    def filled(with_what):
        return lambda s: np.where(left[0], with_what, below(s))

    def both(name, rows, source, change, values):
        put(name, series(name, change, values=values))
        case(name, rows, "padding keeps its place: 12 x 10 x 3",
             values={"/series/0/geometry/columns": 12, "/series/0/geometry/rows": 10, "/series/0/pixels/voxels": 360})
        measured(name, rows, source, volume(values=values) - 1024, left_out=left)

    own = ("PixelPaddingValue", "SS", -2000)
    form = "closed form: stored 7 c + 13 r + 100 s - 400 in columns 5 to 8 of the block; columns 0 to 4"
    both("padding", "P05", f"{form} are -2000", with_padding(own), filled(-2000))
    range_ = np.arange(ROWS)[:, None] - 2000  # -2000 to -1991, one value in each row
    both("padding_range", "P05", f"{form} lie between -2000 and -1990", with_padding(own, ("PixelPaddingRangeLimit", "SS", -1990)),
         filled(range_))
    both("padding_range_reversed", "P05", f"{form} lie between the limit -2000 and the value -1990",
         with_padding(("PixelPaddingValue", "SS", -1990), ("PixelPaddingRangeLimit", "SS", -2000)), filled(range_))
    both("padding_unsigned", "P05 E07", f"{form} are -2000, which the header writes unsigned: 63 536",
         with_padding(("PixelPaddingValue", "US", 63536)), filled(-2000))


def display():
    def inverted(ds, s):
        ds.PhotometricInterpretation = "MONOCHROME1"

    name = "monochrome1"
    reads(name, "P06 O17", f"closed form: {BASE}; only display is inverted", series(name, inverted))
    measured(name, "P06 O17", f"closed form: {BASE}", volume() - 1024)

    def lossy(ds, s):
        ds.LossyImageCompression = "01"

    name = "lossy"
    reads(name, "P07", f"closed form: {BASE}", series(name, lossy), problems=["lossy-compression"])

    def colour(by_tag, s):
        for tag, number in ((0x00280002, 3), (0x00280006, 0), (0x00280100, 8), (0x00280101, 8), (0x00280102, 7)):
            by_tag[tag] = element(tag, "US", struct.pack("<H", number))
        by_tag[0x00280004] = element(0x00280004, "CS", b"RGB")
        by_tag[PIXEL_DATA] = element(PIXEL_DATA, "OB", bytes(3 * ROWS * COLUMNS))

    def palette(by_tag, s):
        by_tag[0x00280004] = element(0x00280004, "CS", b"PALETTE COLOR")
        for tag in (0x00281101, 0x00281102, 0x00281103):
            by_tag[tag] = element(tag, "US", struct.pack("<3H", 2, 0, 16))
        for tag in (0x00281201, 0x00281202, 0x00281203):
            by_tag[tag] = element(tag, "OW", struct.pack("<2H", 0, 65535))

    for name, edit in (("colour", colour), ("palette", palette)):
        refuses(name, "P07", "colours are no measured values", pair(name, edit=edit), "unsupported", says=["s0.dcm"], whole=False)
        refuses(f"{name}_in_one", "P07", "colours are no measured values", series(f"{name}_in_one", edit=in_one(edit)), "unsupported")


def one_bit_mask():
    """A binary SEG of 7 x 9 pixels: 63 bits a frame, so frames 1 and 2 start inside of a byte and the last one ends in it."""
    name, columns, rows = "one_bit_frames", 7, 9

    def small(ds, s):
        ds.Rows, ds.Columns = rows, columns

    values = lambda s: stored(s, rows, columns)
    put(f"{name}/image", series(name, small, values=values))
    inside = np.zeros((SLICES, rows, columns), "u1")
    inside[:, 4:9, 2:7] = 1  # to the last bit of every frame
    ds = header(name, 0, "1.2.840.10008.5.1.4.1.1.66.4")
    ds.SOPInstanceUID, ds.SeriesInstanceUID, ds.Modality = uid(name, 1, 9), uid(name, 9), "SEG"
    ds.SegmentationType, ds.NumberOfFrames = "BINARY", SLICES
    ds.Rows, ds.Columns = rows, columns
    bits(ds, 1, 1)
    referenced, segment, measures, orientation, shared = (Dataset() for _ in range(5))
    referenced.SeriesInstanceUID = uid(name, 3)
    ds.ReferencedSeriesSequence = Sequence([referenced])
    segment.SegmentNumber, segment.SegmentLabel, segment.SegmentAlgorithmType = 1, "one", "MANUAL"
    ds.SegmentSequence = Sequence([segment])
    measures.PixelSpacing, measures.SliceThickness = ds.PixelSpacing, "2.5"
    measures.SpacingBetweenSlices = "2.5"
    orientation.ImageOrientationPatient = ds.ImageOrientationPatient
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = Sequence([measures]), Sequence([orientation])
    ds.SharedFunctionalGroupsSequence = Sequence([shared])
    ds.PerFrameFunctionalGroupsSequence = Sequence([])
    for s in range(SLICES):
        position, identity, frame = Dataset(), Dataset(), Dataset()
        position.ImagePositionPatient = header(name, s).ImagePositionPatient
        identity.ReferencedSegmentNumber = 1
        frame.PlanePositionSequence, frame.SegmentIdentificationSequence = Sequence([position]), Sequence([identity])
        ds.PerFrameFunctionalGroupsSequence.append(frame)
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness", "RescaleSlope",
                    "RescaleIntercept"):
        delattr(ds, keyword)
    packed = np.packbits(inside.ravel(), bitorder="little").tobytes()
    ds.add_new(PIXEL_DATA, "OB", packed + b"\0" * (len(packed) % 2))
    put(name, {"mask.dcm": file_of(ds, parts(ds))})
    case(name, "L01", "closed form: 5 x 5 x 3 voxels up to the last bit; long axis 4 columns of 0.7 mm by 4 rows of 0.8 mm",
         run=["measure", "--mask", f"{name}/mask.dcm", "--image", f"{name}/image", "--format", "json"],
         values={"/lesions/0/voxels": 75, "/lesions/0/volume_mm3": 75 * 0.7 * 0.8 * 2.5,
                 "/lesions/0/long_axis_mm": float(np.hypot(4 * 0.7, 4 * 0.8)), "/mask/on_image_grid": True},
         problems=["touches-border"])


def make():
    rescales()
    slopes_that_are_none()
    lookup_tables()
    samples()
    sizes()
    padding()
    display()
    one_bit_mask()

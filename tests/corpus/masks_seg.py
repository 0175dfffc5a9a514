"""Cases of DICOM Segmentations."""

import zlib

import imagecodecs
import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.pixels.encoders import RLELosslessEncoder
from pydicom.sequence import Sequence
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, JPEG2000Lossless, RLELossless

from masks_parts import (
    BLOCK, C, COLUMNS, FOLDER, IMAGE, NOTHING, ONE, ORIGIN, R, ROOT, ROWS, S, SLICES, SPACING, STAIRS, TWO, TWO_ALONE, case,
    measured, refused, uid,
)

EXISTING = "../../masks/"
IMAGE_SERIES, FRAME_OF_REFERENCE, STUDY = f"{ROOT}.8.3", f"{ROOT}.8.4", f"{ROOT}.8.2"
SEGMENTATION, LABELMAP = "1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7"
UNCOMPRESSED_IN_ITEMS, DEFLATED_FRAMES = "1.2.840.10008.1.2.1.98", "1.2.840.10008.1.2.8.1"
AXIAL = ((1, 0, 0), (0, 1, 0))
CATEGORY, KIND = ("49755003", "SCT", "Morphologically abnormal structure"), ("4147007", "SCT", "Mass")


def sequence(*items):
    return Sequence(list(items))


def item(**attributes):
    made = Dataset()
    for keyword, value in attributes.items():
        setattr(made, keyword, value)
    return made


def code(value, scheme, meaning):
    return sequence(item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning))


def numbers(values):
    return [f"{round(float(v), 9) + 0.0:.10g}" for v in values]


def described(number, label=None, kind=KIND, category=CATEGORY, region=None, **more):
    made = item(SegmentNumber=number, SegmentLabel=label or f"segment {number}", SegmentAlgorithmType="MANUAL", **more)
    if category:
        made.SegmentedPropertyCategoryCodeSequence = code(*category)
    if kind:
        made.SegmentedPropertyTypeCodeSequence = code(*kind)
    if region:
        made.AnatomicRegionSequence = code(*region)
    return made


def frames_of(voxels, number=1, empty=False):
    """One frame for each slice with voxels (or for all): (segment, slice, pixels)."""
    return [(number, s, voxels[s]) for s in range(len(voxels)) if empty or voxels[s].any()]


def packed(bits):
    data = np.packbits(np.concatenate([one.astype("u1").ravel() for one in bits]), bitorder="little").tobytes()
    return data + b"\0" * (len(data) % 2)


def write(name, frames, segments=None, kind="BINARY", bits=1, orientation=AXIAL, spacing=SPACING, origin=ORIGIN, thickness=True,
          between=None, syntax=ExplicitVRLittleEndian, encode=None, change=None, in_frames=False):
    """`frames`: (segment or None, slice or position in mm, pixels). The slice counts from `origin` along the normal.

    `in_frames`: what is shared otherwise stands in every frame. `change(ds)` breaks what the case is about.
    """
    row, column = np.array(orientation, float)
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.ImplementationClassUID, ds.file_meta.ImplementationVersionName = f"{ROOT}.0", "CORPUS"
    ds.file_meta.TransferSyntaxUID = syntax
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = LABELMAP if kind == "LABELMAP" else SEGMENTATION
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = uid(name, 1)
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = STUDY, uid(name, 2), FRAME_OF_REFERENCE
    ds.Modality, ds.PatientName, ds.PatientID, ds.StudyDate = "SEG", "NEVER^SHOWN", "NEVER-SHOWN-ID", "20260105"
    ds.SegmentationType, ds.ContentLabel, ds.LossyImageCompression = kind, "CORPUS", "00"
    ds.ReferencedSeriesSequence = sequence(item(SeriesInstanceUID=IMAGE_SERIES))
    ds.SegmentSequence = Sequence(segments or [described(number) for number in sorted({f[0] for f in frames} - {None}) or [1]])
    ds.Rows, ds.Columns = frames[0][2].shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PixelRepresentation = 1, "MONOCHROME2", 0
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = bits, bits, bits - 1
    ds.NumberOfFrames = len(frames)
    measures = item(PixelSpacing=numbers([spacing[1], spacing[0]]))
    if thickness:
        measures.SliceThickness = numbers([spacing[2]])[0]
    if between:
        measures.SpacingBetweenSlices = numbers([between])[0]
    common = dict(PixelMeasuresSequence=measures, PlaneOrientationSequence=item(ImageOrientationPatient=numbers([*row, *column])))
    ds.SharedFunctionalGroupsSequence = sequence(item(**{} if in_frames else {k: sequence(v) for k, v in common.items()}))
    ds.PerFrameFunctionalGroupsSequence = Sequence()
    for segment, place, _ in frames:
        position = origin + place * spacing[2] * np.cross(row, column) if np.isscalar(place) else place
        group = item(PlanePositionSequence=sequence(item(ImagePositionPatient=numbers(position))))
        if segment is not None:
            group.SegmentIdentificationSequence = sequence(item(ReferencedSegmentNumber=segment))
        if in_frames:
            for keyword, one in common.items():
                setattr(group, keyword, sequence(one))
        ds.PerFrameFunctionalGroupsSequence.append(group)
    pixels = [one for *_, one in frames]
    if encode:
        ds.PixelData = encapsulate([encode(one) for one in pixels])
        ds["PixelData"].VR, ds["PixelData"].is_undefined_length = "OB", True
    elif bits == 1:
        ds.PixelData = packed(pixels)
        ds["PixelData"].VR = "OB"
    else:
        data = np.stack(pixels).astype(f"<u{bits // 8}").tobytes()
        ds.PixelData = data + b"\0" * (len(data) % 2)
        ds["PixelData"].VR = "OB" if bits == 8 else "OW"
    if kind == "FRACTIONAL":
        ds.MaximumFractionalValue, ds.SegmentationFractionalType = 255, "PROBABILITY"
    if change:
        change(ds)
    if encode:
        # Some of the transfer syntaxes are newer than the writer, which leaves more to be said.
        ds.preamble, ds.file_meta.FileMetaInformationGroupLength, ds.file_meta.FileMetaInformationVersion = bytes(128), 0, b"\0\1"
        ds.save_as(FOLDER / f"{name}.dcm", force_encoding=True, implicit_vr=False, little_endian=True)
    else:
        ds.save_as(FOLDER / f"{name}.dcm", enforce_file_format=True)
    return f"{name}.dcm"


def check(file, number, voxels):
    """pydicom's pixels of the frames of one segment of a BINARY object, put into their slices, are the voxels."""
    ds = dcmread(FOLDER / file)
    pixels = ds.pixel_array if int(ds.NumberOfFrames) > 1 else ds.pixel_array[None]
    found = np.zeros_like(voxels)
    for pixel, group in zip(pixels, ds.PerFrameFunctionalGroupsSequence):
        if group.SegmentIdentificationSequence[0].ReferencedSegmentNumber == number:
            s = (float(group.PlanePositionSequence[0].ImagePositionPatient[2]) - ORIGIN[2]) / SPACING[2]
            found[round(s)] |= pixel.astype(bool)
    assert np.array_equal(found, voxels), file


def binary(name, rows, source, frames, lesions, **more):
    """Frames on the slices of the image; `lesions`: the voxels of segments 1, 2, ..."""
    keep = {key: more.pop(key) for key in ("segments", "change", "in_frames", "syntax", "encode") if key in more}
    file = write(name, frames, **keep)
    if not keep.get("encode"):
        for number, voxels in enumerate(lesions, 1):
            check(file, number, voxels)
        source += "; pydicom reads the same voxels"
    measured(name, rows, source, file, lesions, **more)


def bits():
    both = frames_of(STAIRS) + frames_of(BLOCK, 2)
    binary("frames_of_165_bits", "S01", "six frames of 165 bits, five of which begin inside a byte", both, [STAIRS, BLOCK])
    measured("scattered_shuffled", "S01 S03 S07", "closed form, made by highdicom, its frames shuffled",
             EXISTING + "seg_overlap_shuffled.dcm", [ONE, TWO], [1, 2])
    measured("scattered_all_frames", "S01 S03 S07", "closed form, made by highdicom, with empty frames", EXISTING + "seg_all_frames.dcm",
             [ONE, TWO], [1, 2])

    def short(ds):
        ds.PixelData = ds.PixelData[:-2]

    def long(ds):
        ds.PixelData += b"\xff\xff"

    refused("bits_short", "S01", "990 bits need 124 bytes, 122 are there", write("bits_short", both, change=short), "corrupt",
            ["need 124 bytes", "122 are there"])
    binary("bits_long", "S01", "two bytes more than 990 bits need: said, and not used", both, [STAIRS, BLOCK], change=long,
           problems=["excess-pixel-data"])

    def no_pixels(ds):
        del ds.PixelData

    refused("no_pixels", "S01", "no PixelData", write("no_pixels", both, change=no_pixels), "bad-attribute", ["PixelData"])

    def colour(ds):
        ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PlanarConfiguration = 3, "RGB", 0

    refused("colour_seg", "S01", "three samples per pixel", write("colour_seg", both, change=colour), "bad-attribute",
            ["SamplesPerPixel"])

    def nine_bits(ds):
        ds.BitsAllocated, ds.BitsStored, ds.HighBit = 8, 8, 7

    refused("binary_of_8_bits", "S01", "BINARY has one bit", write("binary_of_8_bits", both, change=nine_bits), "bad-attribute",
            ["SegmentationType"])


def shared_groups():
    measured("identification_shared", "S02", "closed form, made by highdicom: the segment of all frames in the shared groups",
             EXISTING + "seg_shared_identification.dcm", [ONE])
    binary("all_in_frames", "S02", "orientation and measures in every frame", frames_of(STAIRS), [STAIRS], in_frames=True)

    def overridden(ds):
        shared = ds.SharedFunctionalGroupsSequence[0]
        shared.SegmentIdentificationSequence = sequence(item(ReferencedSegmentNumber=9))
        shared.PlanePositionSequence = sequence(item(ImagePositionPatient=["0", "0", "0"]))

    binary("frames_before_shared", "S02", "the shared groups say something else; what a frame says itself counts", frames_of(STAIRS),
           [STAIRS], change=overridden)

    def nobody(ds):
        del ds.PerFrameFunctionalGroupsSequence[1].SegmentIdentificationSequence

    refused("frame_of_nobody", "S02", "a frame that says no segment", write("frame_of_nobody", frames_of(STAIRS), change=nobody),
            "bad-attribute", ["ReferencedSegmentNumber", "frame 2"])
    for keyword, attribute in (("PlanePositionSequence", "ImagePositionPatient"), ("PlaneOrientationSequence", "ImageOrientationPatient"),
                               ("PixelMeasuresSequence", "PixelSpacing")):
        def without(ds, keyword=keyword):
            for group in [*ds.SharedFunctionalGroupsSequence, *ds.PerFrameFunctionalGroupsSequence]:
                if keyword in group:
                    delattr(group, keyword)

        name = f"without_{keyword[:-8].lower()}"
        refused(name, "S02 S04", f"no {attribute} anywhere", write(name, frames_of(STAIRS), change=without), "bad-attribute", [attribute])


def frames_and_segments():
    shuffled = [(frames_of(STAIRS) + frames_of(BLOCK, 2))[i] for i in (4, 0, 5, 2, 1, 3)]
    binary("seg_frames_shuffled", "S03", "frames in any order", shuffled, [STAIRS, BLOCK])
    measured("segment_without_frame", "S03", "closed form, made by highdicom: segment 2 has no frame",
             EXISTING + "seg_empty_segment.dcm", [ONE, NOTHING], [1, 2], problems=["empty-segment"])
    binary("nothing_marked", "S03", "one frame, in which nothing is marked", [(1, 2, NOTHING[2])], [NOTHING],
           problems=["empty-segment"])
    binary("empty_frames_kept", "S03", "a frame for every slice", frames_of(STAIRS, empty=True), [STAIRS])

    def none(ds):
        ds.NumberOfFrames, ds.PerFrameFunctionalGroupsSequence = 0, Sequence()

    refused("no_frames", "S03", "NumberOfFrames 0", write("no_frames", frames_of(STAIRS), change=none), "bad-attribute",
            ["NumberOfFrames"])

    def one_more(ds):
        ds.NumberOfFrames = 4

    refused("frame_not_described", "S03", "four frames, of which three have groups",
            write("frame_not_described", frames_of(STAIRS), change=one_more),
            "bad-attribute", ["NumberOfFrames"])
    refused("frame_twice", "S03", "two frames of one segment at one position", write("frame_twice", frames_of(STAIRS) + frames_of(BLOCK)),
            "contradiction", ["two frames of segment 1"])
    refused("segment_not_described", "S03", "frames of segment 2, and only segment 1 is described",
            write("segment_not_described", frames_of(STAIRS) + frames_of(BLOCK, 2), segments=[described(1)]), "contradiction",
            ["segment 2"])
    refused("segment_described_twice", "S03", "two descriptions of segment 1",
            write("segment_described_twice", frames_of(STAIRS), segments=[described(1), described(1)]), "contradiction",
            ["segment 1 twice"])
    refused("segment_of_number_0", "S03", "segments count from 1", write("segment_of_number_0", frames_of(STAIRS),
                                                                         segments=[described(0)]),
            "bad-attribute", ["SegmentNumber"])

    def part(ds):
        ds.ConcatenationUID, ds.InConcatenationNumber, ds.InConcatenationTotalNumber = f"{ROOT}.97", 1, 2

    refused("part_of_two", "S03", "the first of two files that are one segmentation",
            write("part_of_two", frames_of(STAIRS), change=part),
            "unsupported", ["one part"])


def geometry():
    measured("flipped", "S04", "closed form, made by highdicom: columns and slices backwards", EXISTING + "seg_flipped.dcm", [ONE])
    fine = lambda voxels: np.repeat(np.repeat(voxels, 2, axis=1), 2, axis=2)
    measured("finer_in_plane", "S04", "closed form, made by highdicom: 2 x 2 for every voxel", EXISTING + "seg_finer.dcm", [fine(ONE)],
             on_image=False, spacing=SPACING * [0.5, 0.5, 1], problems=["own-grid", "touches-border"])
    thin = np.repeat(STAIRS, 2, axis=0)
    file = write("finer_slices", frames_of(thin), spacing=SPACING * [1, 1, 0.5], origin=ORIGIN - [0, 0, 0.625])
    measured("finer_slices", "S04", "two slices for every one: twice the voxels, the same volume", file, [thin[2:8]], on_image=False,
             spacing=SPACING * [1, 1, 0.5], whole=True, problems=["own-grid", "touches-border"])
    moved = write("shifted", frames_of(STAIRS), origin=ORIGIN + [0.4, 0, 0])
    measured("shifted", "S04", "half a pixel to the left", moved, [STAIRS[1:4]], on_image=False, whole=True,
             problems=["own-grid", "touches-border"])
    crop = np.s_[:, 2:8, 3:13]
    file = write("cropped_frames", frames_of(STAIRS[crop]), origin=ORIGIN + [3, 2, 0] * SPACING)
    measured("cropped_frames", "S04", "frames of 10 x 6 pixels around the lesion", file, [STAIRS])
    pad = lambda voxels: np.pad(voxels, ((0, 0), (2, 1), (4, 3)))
    file = write("larger_frames", frames_of(pad(STAIRS)), origin=ORIGIN - [4, 2, 0] * SPACING)
    measured("larger_frames", "S04", "frames that reach out of the image, where nothing is marked", file, [STAIRS])
    spot = pad(STAIRS)
    spot[2, 0, 0] = True
    refused("marked_beside", "S04", "a voxel beside the image is marked",
            write("marked_beside", frames_of(spot), origin=ORIGIN - [4, 2, 0] * SPACING), "misplaced-mask", ["column -4, row -2"])
    refused("marked_above", "S04", "on slice 7 of 6", write("marked_above", [(1, 7, STAIRS[2])]), "misplaced-mask", ["slice 7"])
    # Rows towards the back, columns to the feet: every column of the image is a frame.
    side = ((0, 1, 0), (0, 0, -1))
    frames = [(1, ORIGIN + np.array([c, 0, SLICES - 1]) * SPACING, STAIRS[::-1, :, c]) for c in range(COLUMNS) if STAIRS[:, :, c].any()]
    file = write("sagittal_frames", frames, orientation=side, spacing=SPACING[[1, 2, 0]])
    measured("sagittal_frames", "S04", "sagittal frames on the voxels of the axial image", file, [STAIRS])
    frames = [(1, ORIGIN + np.array([0, r, SLICES - 1]) * SPACING, STAIRS[::-1, r, :]) for r in range(ROWS) if STAIRS[:, r, :].any()]
    file = write("coronal_frames", frames[::-1], orientation=((1, 0, 0), (0, 0, -1)), spacing=SPACING[[0, 2, 1]])
    measured("coronal_frames", "S04", "coronal frames on the voxels of the axial image", file, [STAIRS])
    turned = write("turned_in_plane", [(1, s, STAIRS[s].T[:, ::-1]) for s in (1, 2, 3)], orientation=((0, -1, 0), (1, 0, 0)),
                   spacing=SPACING[[1, 0, 2]], origin=ORIGIN + [0, ROWS - 1, 0] * SPACING)
    measured("turned_in_plane", "S04", "frames turned by 90 degrees in their plane", turned, [STAIRS])
    tilt = np.radians(10)
    row, column = (1, 0, 0), (0, np.cos(tilt), np.sin(tilt))
    centre = ORIGIN + np.array([7, 5, 2.5]) * SPACING
    small = np.zeros((3, 5, 6), bool)
    small[1:, 1:4, 1:5] = True
    start = centre - 2.5 * 0.8 * np.array(row) - 2 * 0.9 * np.array(column) - 2.5 * np.cross(row, column)
    file = write("oblique", [(1, s, small[s]) for s in range(3)], orientation=(row, column), origin=start)
    measured("oblique", "S04", "frames tilted by 10 degrees: a block of 4 x 3 x 2 voxels of their own", file, [small], on_image=False,
             whole=True, problems=["own-grid", "touches-border"])
    file = write("gap_between_frames", frames_of(STAIRS & (S != 2)), between=2.5)
    measured("gap_between_frames", "S04", "no image: slices 1 and 3 alone, and 2.5 mm is stated, which is said", file,
             [(STAIRS & (S != 2))[1:4]], on_image=False, image=None, whole=True, problems=["slice-distance", "touches-border"])
    unstated = frames_of(STAIRS & (S != 2))
    measured("distance_not_stated", "S04", "no image, no distance: 5 mm between the two frames is used for the volume, which is said",
             write("distance_not_stated", unstated, thickness=False), [(STAIRS & (S != 2))[[1, 3]]], on_image=False, image=None,
             whole=True,
             spacing=SPACING * [1, 1, 2], problems=["slice-distance", "touches-border"])
    refused("no_thickness", "S04", "no image, one frame, no thickness: nothing makes it a volume",
            write("no_thickness", [(1, 2, STAIRS[2])], thickness=False), "bad-attribute", ["SliceThickness"], image=None)
    uneven = [(1, s, STAIRS[2]) for s in (1, 2, 3.3)]
    refused("uneven_frames", "S04", "no image, frames 2.5 and 3.25 mm apart", write("uneven_frames", uneven), "corrupt", ["frame 3"],
            image=None)
    for name, last, problem, says in (("far_apart", 3e5, "corrupt", "frame 3"), ("beyond_the_world", 1e9, "bad-attribute",
                                                                                 "ImagePositionPatient")):
        refused(name, "S04", f"no image, two frames 2.5 mm apart and one {2.5e-6 * last:g} km away",
                write(name, [(1, s, STAIRS[2]) for s in (1, 2, last)]), problem, [says], image=None)


def fractional():
    levels = np.where(STAIRS, 128 + (7 * C + 13 * R) % 128, np.where(BLOCK, 127, 0)).astype("u1")
    measured("probability_of_200", "S05", "closed form, made by highdicom: 100 and 180 of 200 are inside, 99 is not",
             EXISTING + "seg_fractional.dcm", [ONE], problems=["fractional-threshold"],
             says=["PROBABILITY", "0.5 of its largest value, 200"])

    def occupancy(ds):
        ds.SegmentationFractionalType = "OCCUPANCY"

    of_levels = [(1, s, levels[s]) for s in range(1, 5)]
    fraction = dict(kind="FRACTIONAL", bits=8)
    measured("occupancy_of_255", "S05", "128 of 255 is inside, 127 is not", write("occupancy_of_255", of_levels, **fraction,
                                                                                  change=occupancy),
             [STAIRS], problems=["fractional-threshold"], says=["OCCUPANCY", "255"])

    def of_one(ds):
        ds.MaximumFractionalValue = 1
        del ds.SegmentationFractionalType

    measured("fraction_of_1", "S05", "0 and 1 of 1, probability or occupancy is not said",
             write("fraction_of_1", [(1, s, STAIRS[s].astype("u1")) for s in (1, 2, 3)], **fraction, change=of_one), [STAIRS],
             problems=["fractional-threshold"], says=["no stated type"])
    refused("fraction_above", "S05", "200 of 1", write("fraction_above", of_levels, **fraction, change=of_one), "corrupt",
            ["MaximumFractionalValue is 1"])

    def no_largest(ds):
        del ds.MaximumFractionalValue

    refused("fraction_of_nothing", "S05", "no MaximumFractionalValue", write("fraction_of_nothing", of_levels, **fraction,
                                                                             change=no_largest),
            "bad-attribute", ["MaximumFractionalValue"])

    def zero(ds):
        ds.MaximumFractionalValue = 0

    refused("fraction_of_0", "S05", "MaximumFractionalValue 0", write("fraction_of_0", of_levels, **fraction, change=zero),
            "bad-attribute",
            ["MaximumFractionalValue"])


def label_maps():
    for bits, second in ((8, 2), (16, 700)):
        measured(f"label_map_{bits}", "S06", "closed form, made by highdicom, segment 0 described as background",
                 EXISTING + f"seg_labelmap_{bits}.dcm",
                 [ONE, TWO_ALONE], [1, second])
    measured("label_map_rle", "S06 S10", "closed form, made by highdicom, in RLE", EXISTING + "seg_labelmap_8_rle.dcm", [ONE, TWO_ALONE],
             [1, 2])
    block = BLOCK & ~STAIRS
    background = described(0, "nothing", kind=("125040", "DCM", "Background"))

    def map_of(first, second, nothing=0):
        labels = np.where(STAIRS, first, np.where(block, second, nothing))
        return [(None, s, labels[s]) for s in range(SLICES)]

    def labels(name, source, frames, numbers, bits=8, segments=None, lesions=(STAIRS, block), **more):
        change = more.pop("change", None)
        file = write(name, frames, kind="LABELMAP", bits=bits, segments=segments or [described(n) for n in numbers], change=change)
        found = dcmread(FOLDER / file).pixel_array
        for number, voxels in zip(numbers, lesions):
            assert np.array_equal(found == number, voxels), name
        measured(name, "S06", source + "; pydicom reads the same voxels", file, list(lesions), numbers, **more)

    labels("label_map_gaps", "segments 9, 200 and, without a voxel, 3", map_of(9, 200), [9, 200, 3], lesions=(STAIRS, block, NOTHING),
           problems=["empty-segment"])
    labels("label_map_65535", "segments 256 and 65535", map_of(256, 65535), [256, 65535], bits=16)

    def padding(value):
        def change(ds):
            ds.add_new(0x00280120, "US", value)

        return change

    labels("label_map_padding", "PixelPaddingValue 255 is the background, 0 is not there", map_of(1, 2, 255), [1, 2], change=padding(255))
    labels("label_map_described_background", "segment 7 is described as background", map_of(1, 2, 7), [1, 2],
           segments=[described(1), described(7, "nothing", kind=("125040", "DCM", "Background")), described(2)])
    labels("label_map_background_and_padding", "0 is described as background, 255 is padding",
           [(None, s, np.where(R < 1, 255, np.where(STAIRS, 1, np.where(block, 2, 0)))[s]) for s in range(SLICES)], [1, 2],
           segments=[background, described(1), described(2)], change=padding(255))
    labels("label_map_segment_0", "0 is a lesion, PixelPaddingValue 9 is the background", map_of(0, 2, 9), [0, 2], change=padding(9))
    refused("label_map_padding_described", "S06", "PixelPaddingValue 1, which is a lesion",
            write("label_map_padding_described", map_of(1, 2), kind="LABELMAP", bits=8, segments=[described(1), described(2)],
                  change=padding(1)),
            "contradiction", ["PixelPaddingValue"])
    refused("label_map_not_described", "S06", "voxels of 2, which is not described",
            write("label_map_not_described", map_of(1, 2), kind="LABELMAP", bits=8, segments=[described(1)]), "contradiction",
            ["segment 2"])

    def palette(ds):
        ds.PhotometricInterpretation = "PALETTE COLOR"
        for colour, values in (("Red", (0, 255, 0)), ("Green", (0, 0, 255)), ("Blue", (0, 0, 0))):
            setattr(ds, f"{colour}PaletteColorLookupTableDescriptor", [3, 0, 8])
            setattr(ds, f"{colour}PaletteColorLookupTableData", bytes([*values, 0]))

    labels("label_map_palette", "the colours of the segments do not matter", map_of(1, 2), [1, 2], change=palette)
    refused("label_map_one_bit", "S06", "a label map of one bit", write("label_map_one_bit", [(None, 1, STAIRS[1])], kind="LABELMAP",
                                                                        bits=1),
            "bad-attribute", ["LABELMAP with 1 bits"])
    twice = map_of(1, 2) + map_of(1, 2)[1:2]
    refused("label_map_frame_twice", "S06", "slice 1 twice", write("label_map_frame_twice", twice, kind="LABELMAP", bits=8,
                                                                   segments=[described(1), described(2)]),
            "contradiction", ["two frames"])


def overlap():
    assert (STAIRS & BLOCK).sum() > 0
    binary("overlap", "S07", "segments 1 and 2 share voxels, and both keep them", frames_of(STAIRS) + frames_of(BLOCK, 2),
           [STAIRS, BLOCK])
    binary("same_twice", "S07", "segments 1 and 2 are the same voxels", frames_of(STAIRS) + frames_of(STAIRS, 2), [STAIRS, STAIRS])


def identity():
    tracked = dict(TrackingID="T01", TrackingUID=uid("identity", 9))
    node, organ = ("59441001", "SCT", "Lymph node"), ("123037004", "SCT", "Anatomical structure")
    segments = [
        described(1, "label 1", **tracked), described(2, "label 2", TrackingID="T02"), described(3, "label 3"),
        described(4, "lymph node"),
        described(5, "label 5", kind=node, category=organ),
        described(6, "label 6", region=node),
        described(7, "label 7", kind=("T-C4000", "SRT", "Lymph node")),
        described(8, "label 8", kind=("59441001", "99PRIVATE", "Lymph node")),
    ]
    frames = [frame for number in range(1, 9) for frame in frames_of(STAIRS, number)]
    names = ["T01", "T02", "label 3", "lymph node", *(f"label {n}" for n in range(5, 9))]
    values = {f"/lesions/{n}/id": name for n, name in enumerate(names)}
    values |= {f"/lesions/{n}/nodal": n in (4, 5, 6) for n in range(8)} | {"/lesions/0/tracking_uid": uid("identity", 9)}
    file = write("identity", frames, segments=segments)
    case("identity", "S08", ["measure", "--mask", file, "--image", IMAGE, "--format", "json"],
         "names: Tracking ID, else label; nodes: SNOMED 59441001 and T-C4000 as type or region, and nothing that is only called so",
         values=values)
    measured("node_by_type", "S08", "closed form, made by highdicom; the type is a lymph node", EXISTING + "seg_node.dcm", [ONE],
             values={"/lesions/0/nodal": True})
    untyped = write("no_codes", frames_of(STAIRS), segments=[described(1, kind=None, category=None)])
    measured("no_codes", "S08", "no code at all", untyped, [STAIRS], values={"/lesions/0/nodal": False})


def references():
    def set_to(**attributes):
        def change(ds):
            for keyword, value in attributes.items():
                setattr(ds, keyword, value)

        return change

    def without(*keywords):
        def change(ds):
            for keyword in keywords:
                delattr(ds, keyword)

        return change

    stairs = frames_of(STAIRS)
    refused("other_frame_of_reference", "S09", "drawn in another frame of reference",
            write("other_frame_of_reference", stairs, change=set_to(FrameOfReferenceUID=f"{ROOT}.96")), "misplaced-mask",
            ["another frame of reference"])
    refused("other_patient", "S09", "of another patient", write("other_patient", stairs, change=set_to(PatientID="NEVER-SHOWN-2")),
            "misplaced-mask", ["another patient"])
    binary("no_frame_of_reference", "S09", "it does not say its frame of reference", stairs, [STAIRS],
           change=without("FrameOfReferenceUID"), problems=["no-frame-of-reference"])
    binary("series_elsewhere", "S09", "it refers to another series; its position decides", stairs, [STAIRS],
           change=set_to(ReferencedSeriesSequence=sequence(item(SeriesInstanceUID=f"{ROOT}.95"))), problems=["no-series-reference"])
    binary("no_series", "S09", "it refers to no series", stairs, [STAIRS], change=without("ReferencedSeriesSequence"),
           problems=["no-series-reference"])


def syntaxes():
    stairs = frames_of(STAIRS)

    def rle(frame):
        return RLELosslessEncoder.encode(
            np.ascontiguousarray(frame.astype("u1")).tobytes(), rows=ROWS, columns=COLUMNS, samples_per_pixel=1, number_of_frames=1,
            bits_allocated=8, bits_stored=8, pixel_representation=0, photometric_interpretation="MONOCHROME2", encoding_plugin="pydicom")

    def deflated(frame):
        deflate = zlib.compressobj(9, wbits=-15)
        data = packed([frame])
        return deflate.compress(data) + deflate.flush()

    def jpeg_2000(frame):
        stream = imagecodecs.jpeg2k_encode(np.ascontiguousarray(frame.astype("u1")), codecformat="j2k", level=0, reversible=True,
                                           bitspersample=1)
        assert np.array_equal(imagecodecs.jpeg2k_decode(stream), frame)
        return stream

    binary("deflated", "S10", "a deflated data set", stairs, [STAIRS], syntax=DeflatedExplicitVRLittleEndian)
    for name, source, syntax, encode in (
        ("binary_rle", "one bit a sample in RLE, a byte for each", RLELossless, rle),
        ("binary_jpeg_2000", "one bit a sample in JPEG 2000 (imagecodecs)", JPEG2000Lossless, jpeg_2000),
        ("binary_deflated_frames", "every frame deflated", DEFLATED_FRAMES, deflated),
        ("binary_in_items", "one bit a sample, every frame in an item and not compressed", UNCOMPRESSED_IN_ITEMS,
         lambda frame: packed([frame])),
    ):
        binary(name, "S10", source, stairs, [STAIRS], syntax=syntax, encode=encode)
    labels = np.where(STAIRS, 1, np.where(BLOCK, 2, 0)).astype("u1")
    frames = [(None, s, labels[s]) for s in range(SLICES)]
    deflate_bytes = lambda frame: (lambda d: d.compress(frame.tobytes()) + d.flush())(zlib.compressobj(9, wbits=-15))
    file = write("label_map_deflated_frames", frames, kind="LABELMAP", bits=8, segments=[described(1), described(2)],
                 syntax=DEFLATED_FRAMES,
                 encode=deflate_bytes)
    measured("label_map_deflated_frames", "S06 S10", "a label map, every frame deflated", file, [STAIRS, BLOCK & ~STAIRS], [1, 2])

    def cut(frame):
        return rle(frame)[:-8] if frame.sum() == STAIRS[2].sum() else rle(frame)

    refused("rle_short", "S10", "the RLE stream of frame 2 ends early", write("rle_short", stairs, syntax=RLELossless, encode=cut),
            "corrupt",
            ["frame 2"])

    def one_less(ds):
        ds.PixelData = encapsulate([rle(STAIRS[s]) for s in (1, 2)])

    refused("item_missing", "S10", "three frames, two items", write("item_missing", stairs, syntax=RLELossless, encode=rle,
                                                                    change=one_less),
            "corrupt")


def make():
    bits()
    shared_groups()
    frames_and_segments()
    geometry()
    fractional()
    label_maps()
    overlap()
    identity()
    references()
    syntaxes()

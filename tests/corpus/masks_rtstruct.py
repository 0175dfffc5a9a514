"""Cases of RT Structure Sets. Contours are given in voxels (column, row) of a slice and written in millimetres."""

import numpy as np
import shapely
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

from masks_parts import (
    BLOCK, C, COLUMNS, FOLDER, IMAGE, NOTHING, ORIGIN, R, ROOT, ROWS, S, SLICES, SPACING, STAIRS, case, figures, measured, refused, uid,
)

EXISTING = "../../masks/"
IMAGE_SERIES, FRAME_OF_REFERENCE, STUDY = f"{ROOT}.8.3", f"{ROOT}.8.4", f"{ROOT}.8.2"


def rectangle(left, top, right, bottom):
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def steps(s):
    """The border of STAIRS on slice s, half way between voxel centres: down the left side, up the steps."""
    points = [(2.5, 1.5), (2.5, 6.5)]
    for r in range(6, 1, -1):
        points += [(14.5 - r - s, r + 0.5), (14.5 - r - s, r - 0.5)]
    return points


STEPS = [(s, steps(s)) for s in (1, 2, 3)]
OUTER, INNER = rectangle(2.5, 1.5, 9.5, 8.5), rectangle(4.5, 3.5, 7.5, 6.5)
SQUARE = (C >= 3) & (C < 10) & (R >= 2) & (R < 9)  # the voxels of OUTER
HOLE = (C >= 5) & (C < 8) & (R >= 4) & (R < 7)  # the voxels of INNER


def on(*slices):
    return np.isin(S, slices)


def sequence(*items):
    return Sequence(list(items))


def item(**attributes):
    made = Dataset()
    for keyword, value in attributes.items():
        setattr(made, keyword, value)
    return made


def contour(s, points, kind="CLOSED_PLANAR", written="{:.6f}", count=None):
    """One contour on slice `s`, which may be a fraction, or one number for every point."""
    heights = np.broadcast_to(s, len(points))
    places = [ORIGIN + np.array([c, r, h]) * SPACING for (c, r), h in zip(points, heights)]
    data = [written.format(v + 0.0) for place in places for v in place]
    made = item(NumberOfContourPoints=len(points) if count is None else count, ContourData=data)
    if kind is not None:
        made.ContourGeometricType = kind
    return made


def roi(contours, number=None, name=None, kind=None, frame=FRAME_OF_REFERENCE, drawn=True):
    """`contours`: (slice, points) or contours as made by `contour`; `kind`: RTROIInterpretedType."""
    return dict(contours=[one if isinstance(one, Dataset) else contour(*one) for one in contours], number=number, name=name, kind=kind,
                frame=frame, drawn=drawn)


def write(name, rois, change=None):
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.ImplementationClassUID, ds.file_meta.ImplementationVersionName = f"{ROOT}.0", "CORPUS"
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.481.3"
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = uid(name, 1)
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.StudyDate = STUDY, uid(name, 2), "20260105"
    ds.Modality, ds.PatientName, ds.PatientID, ds.StructureSetLabel = "RTSTRUCT", "NEVER^SHOWN", "NEVER-SHOWN-ID", "CORPUS"
    series = item(SeriesInstanceUID=IMAGE_SERIES)
    study = item(RTReferencedSeriesSequence=sequence(series))
    ds.ReferencedFrameOfReferenceSequence = sequence(
        item(FrameOfReferenceUID=FRAME_OF_REFERENCE, RTReferencedStudySequence=sequence(study)))
    ds.StructureSetROISequence, ds.ROIContourSequence, ds.RTROIObservationsSequence = Sequence(), Sequence(), Sequence()
    for place, one in enumerate(rois, 1):
        number = place if one["number"] is None else one["number"]
        ds.StructureSetROISequence.append(
            item(ROINumber=number, ROIName=one["name"] or f"roi {number}", ReferencedFrameOfReferenceUID=one["frame"]))
        if one["drawn"]:
            drawn = item(ReferencedROINumber=number)
            if one["contours"]:
                drawn.ContourSequence = Sequence(one["contours"])
            ds.ROIContourSequence.append(drawn)
        if one["kind"]:
            ds.RTROIObservationsSequence.append(
                item(ObservationNumber=place, ReferencedROINumber=number, RTROIInterpretedType=one["kind"]))
    if change:
        change(ds)
    ds.save_as(FOLDER / f"{name}.dcm", enforce_file_format=True)
    return f"{name}.dcm"


def by_shapely(contours):
    """Voxels whose centre lies in an odd number of contours, from Shapely; contours must keep away from centres."""
    found = NOTHING.copy()
    for s, points in contours:
        polygon = shapely.Polygon(points)
        inside = shapely.contains_xy(polygon, C[0].ravel(), R[0].ravel()).reshape(ROWS, COLUMNS)
        assert not shapely.intersects_xy(polygon.boundary, C[0].ravel(), R[0].ravel()).any()
        found[round(s)] ^= inside
    return found


def drawn(name, rows, source, contours, voxels, checked=True, **more):
    """A set of one ROI."""
    if checked:
        assert np.array_equal(by_shapely(contours), voxels), name
        source += "; Shapely finds the same voxels"
    measured(name, rows, source, write(name, [roi(contours)]), [voxels], **more)


def even_odd():
    drawn("contours_half_way", "R01 R11", "contours half way between voxel centres", STEPS, STAIRS)
    drawn("half_open", "R01 R03", "from centre to centre: left and upper edges belong to it, right and lower ones do not",
          [(2, rectangle(2, 1, 9, 8))], (C >= 2) & (C < 9) & (R >= 1) & (R < 8) & on(2), checked=False, whole=True)
    disc = (C - 7.13) ** 2 + (R - 5.21) ** 2 * (0.9 / 0.8) ** 2
    turn = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    # A polygon of 200 corners is 0.0006 smaller than its circle; no centre is so close to this one.
    assert np.abs(np.sqrt(disc) - 4.4).min() > 0.001
    round_ = [(2, list(zip(7.13 + 4.4 * np.cos(turn), 5.21 + 4.4 * 0.8 / 0.9 * np.sin(turn))))]
    drawn("circle", "R01 R11", "a circle of 3.52 mm in 200 points: centres within its radius", round_, (disc < 4.4**2) & on(2),
          whole=True)
    halves = (C >= 3) & (C < 6) | (C >= 9) & (C < 12)
    drawn("two_parts", "R01", "two parts on each slice",
          [(s, rectangle(left, 1.5, left + 3, 8.5)) for s in (2, 3) for left in (2.5, 8.5)],
          halves & (R >= 2) & (R < 9) & on(2, 3), notes=["several-components"])
    drawn("sides_touch", "R01", "two contours side by side: the common side counts once",
          [(2, rectangle(2.5, 1.5, 5, 8.5)), (2, rectangle(5, 1.5, 9.5, 8.5))], SQUARE & on(2), checked=False, whole=True)
    drawn("backwards", "R01", "drawn the other way round", [(s, points[::-1]) for s, points in STEPS], STAIRS)


def holes():
    ring = SQUARE & ~HOLE & on(2, 3)
    existing = EXISTING + "rtstruct.dcm"
    found = {}
    at_2, at_3 = on(2), on(3)
    bow = on(2) & (C >= 2) & (C < 8) & (R >= 2) & (R < 8) & (np.abs(R - 4.5) < 1.1 * np.abs(C - 4.5))
    nine = [SQUARE & ~HOLE & at_2, SQUARE & ~HOLE & at_2, SQUARE & at_3, SQUARE & at_2, NOTHING, SQUARE & on(1, 3),
            (C < 4) & (R < 3) & on(4), (C >= 2) & (C < 9) & (R >= 1) & (R < 8) & at_2, bow]
    for lesion, voxels in enumerate(nine):
        found |= figures(lesion, voxels)
    case("nine_regions", "R01 R02 R03 R04 R05 R06 R07 R09",
         ["measure", "--mask", existing, "--image", IMAGE, "--intensity", "--format", "json"],
         "closed forms of tests/masks/make.py: ring, keyhole, drawn twice, off its slice, none, gap, corner of the image, centres, bow",
         problems=["contour-twice", "contour-off-slice", "contour-gap", "empty-segment", "touches-border"],
         notes=["nested-contours", "self-crossing"], says=["ROI number 3", "ROI number 6"], values=found)
    drawn("ring", "R02", "a contour in another is a hole", [(s, points) for s in (2, 3) for points in (OUTER, INNER)], ring, whole=True,
          notes=["nested-contours", "hole-filled"])
    drawn("ring_inner_first", "R02", "the order of the contours does not matter",
          [(s, points) for s in (2, 3) for points in (INNER, OUTER)], ring, whole=True, notes=["nested-contours"])
    centre = (C == 6) & (R == 5)
    drawn("island_in_hole", "R02", "three contours, one in the other",
          [(2, OUTER), (2, INNER), (2, rectangle(5.5, 4.5, 6.5, 5.5))], (SQUARE & ~HOLE | centre) & on(2), notes=["nested-contours"])
    xor = [contour(2, points, "CLOSEDPLANAR_XOR") for points in (OUTER, INNER)]
    measured("xor_type", "R02", "the type whose contours are combined by XOR", write("xor_type", [roi(xor)]), [SQUARE & ~HOLE & on(2)],
             notes=["nested-contours"])
    other = rectangle(6.5, 4.5, 12.5, 9.5)
    both = SQUARE ^ ((C >= 7) & (C < 13) & (R >= 5) & (R < 10))
    drawn("overlap_in_part", "R02", "two contours that overlap in part: what is in both is not counted, and that is said",
          [(2, OUTER), (2, other)], both & on(2), problems=["contours-overlap"], says=["overlap in part"])
    bars = ((C >= 2) & (C < 13) & (R >= 4) & (R < 6)) ^ ((C >= 6) & (C < 8) & (R >= 1) & (R < 9))
    drawn("cross_of_two", "R02", "two bars that cross: neither lies in the other",
          [(2, rectangle(1.5, 3.5, 12.5, 5.5)), (2, rectangle(5.5, 0.5, 7.5, 8.5))], bars & on(2), problems=["contours-overlap"])


def twice():
    def again(name, source, twin):
        measured(name, "R03", source, write(name, [roi([*STEPS, (2, twin)])]), [STAIRS], problems=["contour-twice"],
                 says=["1 contours enclose the same voxels"])

    points = steps(2)
    again("twice", "the contour of slice 2 twice", points)
    again("twice_other_start", "the second time it starts at another point", points[4:] + points[:4])
    again("twice_backwards", "the second time it runs the other way", points[::-1])
    again("twice_closed", "the second time its first point comes again as the last one", [*points, points[0]])
    again("twice_rounded", "the second time 0.4 micrometres beside", [(c + 5e-4, r) for c, r in points])
    thrice = [(2, OUTER)] * 3
    measured("three_times", "R03", "three times", write("three_times", [roi(thrice)]), [SQUARE & on(2)], whole=True,
             problems=["contour-twice"], says=["2 contours"])


def planes():
    square = SQUARE & on(2)
    drawn("off_by_0.09", "R04", "0.09 of a slice off: nothing to say", [(2.09, OUTER)], square, whole=True)
    drawn("off_by_0.4", "R04", "0.4 of a slice off: on its slice, and said", [(2.4, OUTER)], square, whole=True,
          problems=["contour-off-slice"], says=["0.40 of a slice"])
    drawn("tilted_contour", "R04", "one side 0.3 of a slice above, the other below", [([1.7, 1.7, 2.3, 2.3], OUTER)], square,
          checked=False,
          whole=True, problems=["contour-off-slice"], says=["0.30 of a slice"])
    refused("half_way", "R04", "half way between two slices", EXISTING + "rtstruct_between.dcm", "misplaced-mask",
            ["ROI number 1 lies between slices"])
    for name, s, what in (("almost_half_way", 2.4999999, "half way, less rounding"), ("half_way_below", 1.5, "half way below")):
        refused(name, "R04", what, write(name, [roi([(s, OUTER)])]), "misplaced-mask", ["ROI number 1 lies between slices"])
    refused("too_tilted", "R04", "it passes through three slices", write("too_tilted", [roi([([1.4, 1.4, 2.6, 2.6], OUTER)])]),
            "misplaced-mask", ["lies between slices"])
    refused("coronal", "R04", "a contour in a coronal plane", write("coronal", [roi([([1, 1, 4, 4], rectangle(2.5, 5, 9.5, 5))])]),
            "misplaced-mask", ["not in the plane of the image"])
    refused("denser_than_slices", "R04", "contours 1 mm apart on slices 2.5 mm apart: two or three for each slice",
            write("denser_than_slices", [roi([(s, OUTER) for s in (1.0, 1.4, 1.8, 2.2)])]), "misplaced-mask",
            ["ROI number 1", "closer than the slices"])
    values = {"/lesions/0/voxels": 7 * 7 - 3 * 3}
    case("on_oblique_image", "R04", ["measure", "--mask", EXISTING + "rtstruct_oblique.dcm", "--image", "../../encodings/oblique",
                                     "--format", "json"],
         "the ring of tests/masks/make.py on an oblique series", notes=["nested-contours"], values=values)


def gaps():
    existing = [(s, OUTER) for s in (0, 2, 4)]
    measured("every_second_slice", "R05", "contours on slices 0, 2 and 4: nothing is made up between",
             write("every_second_slice", [roi(existing)]),
             [SQUARE & on(0, 2, 4)], whole=True, problems=["contour-gap", "touches-border"], says=["no contour on slices 1, 3;"])
    measured("every_fourth_slice", "R05", "contours on slices 1 and 5", write("every_fourth_slice", [roi([(1, OUTER), (5, OUTER)])]),
             [SQUARE & on(1, 5)], whole=True, problems=["contour-gap", "touches-border"], says=["no contour on slices 2 to 4;"])


def outside():
    refused("reaches_out", "R06", "20 columns beyond the image", EXISTING + "rtstruct_outside.dcm", "misplaced-mask",
            ["ROI number 1 reaches column 29.5"])
    refused("above_all_slices", "R06", "on slice 7 of 6", EXISTING + "rtstruct_above.dcm", "misplaced-mask",
            ["ROI number 1 lies at slice 7.0 of 6 slices"])
    refused("below_all_slices", "R06", "below the first slice", write("below_all_slices", [roi([(-2, OUTER)])]), "misplaced-mask",
            ["ROI number 1 lies at slice -2.0"])
    refused("one_column_out", "R06", "its left side runs through the centres beside the first column: they would be lost",
            write("one_column_out", [roi([(2, rectangle(-1, 1.5, 6.5, 8.5))])]), "misplaced-mask", ["reaches column -1.0"])
    drawn("to_the_edge", "R06", "to the outer edge of the pixels: all that is there is marked",
          [(2, rectangle(-0.5, -0.5, 14.5, 10.5))], on(2), whole=True, problems=["touches-border"])
    refused("far_away", "R06", "numbers of 300 digits are no place", write("far_away",
                                                                           [roi([(2, [(1e300, 0), (0, 1e300), (1e300, 1e300)])])]),
            "misplaced-mask", ["ROI number 1"])
    body = [(s, rectangle(-40, -40, 60, 60)) for s in range(-3, 9)]
    values = figures(0, STAIRS, whole=True) | figures(1, np.ones_like(STAIRS))
    file = write("body", [roi(STEPS, kind="GTV"), roi(body, kind="EXTERNAL")])
    case("body", "R06", ["measure", "--mask", file, "--image", IMAGE, "--intensity", "--format", "json"],
         "the body reaches out of the image and is cut off, which is said; it is no lesion, so that nothing is lost",
         problems=["contour-outside", "touches-border"], says=["ROI number 2", "6 whole contours"], values=values)
    refused("lesion_reaches_out", "R06", "the same for a lesion", write("lesion_reaches_out", [roi(body, kind="GTV")]), "misplaced-mask",
            ["ROI number 1"])


def points_and_lines():
    for name, file in (("points", "rtstruct_points.dcm"), ("open_lines", "rtstruct_open.dcm")):
        kind = "POINT" if name == "points" else "OPEN_PLANAR"
        measured(name, "R07", "it encloses nothing: left out, which is said", EXISTING + file, [NOTHING],
                 problems=["open-contour", "empty-segment"], says=[kind])
    beside = [*[contour(*one) for one in STEPS], contour([1, 2, 3], OUTER[:3], "OPEN_NONPLANAR"), contour(9, [(30, 30)], "POINT")]
    measured("lines_beside_contours", "R07", "a point outside the image and an open line beside the contours",
             write("lines_beside_contours", [roi(beside)]), [STAIRS], problems=["open-contour"], says=["OPEN_NONPLANAR, POINT"])
    untyped = [*[contour(*one) for one in STEPS], contour(4, OUTER, None), contour(4, OUTER, "NEVER-SHOWN")]
    measured("unknown_types", "R07", "no type, and one that the standard does not have, which is not repeated",
             write("unknown_types", [roi(untyped)]), [STAIRS], problems=["open-contour"])
    thin = [*[contour(*one) for one in STEPS], contour(4, [(3, 3), (7, 3)]), contour(5, [])]
    measured("two_points", "R07", "closed contours of two points and of none", write("two_points", [roi(thin)]), [STAIRS],
             problems=["open-contour"], says=["less than three points"])
    loop = [(2.5, 1.5), (9.5, 1.5), (9.5, 8.5), (5.5, 8.5), (5.5, 4.5), (12.5, 4.5), (12.5, 6.5), (2.5, 6.5)]
    # The bar of rows 5 and 6 crosses the right side; between columns 6 and 9 it is wound around twice.
    bar, left = (R >= 5) & (R < 7), (C >= 3) & (C < 10) & (R >= 2) & (R < 7)
    tail = (C >= 6) & (C < 10) & (R >= 7) & (R < 9)
    expected = (left & ~(bar & (C >= 6)) | tail | (bar & (C >= 10) & (C < 13))) & on(2)
    assert np.array_equal(even_odd_by_hand(loop), expected)
    measured("crosses_itself", "R07", "even and odd, counted crossing by crossing in the generator",
             write("crosses_itself", [roi([(2, loop)])]),
             [expected], notes=["self-crossing"])


def even_odd_by_hand(points):
    """Slice 2: for every centre, the sides to the left of it on its row."""
    count = np.zeros((ROWS, COLUMNS), int)
    for (c0, r0), (c1, r1) in zip(points, points[1:] + points[:1]):
        if r0 == r1:
            continue
        between = (R[0] > min(r0, r1)) & (R[0] < max(r0, r1))
        count += between & (c0 + (R[0] - r0) * (c1 - c0) / (r1 - r0) < C[0])
    return (count % 2 == 1)[None] & on(2)


def numbers():
    measured("point_count_wrong", "R08", "NumberOfContourPoints 99, 4 points are there", EXISTING + "rtstruct_point_count.dcm",
             [SQUARE & on(2)], whole=True)
    for name, count in (("point_count_missing", None), ("point_count_zero", 0), ("point_count_negative", -4)):
        def change(ds, count=count):
            for one in ds.ROIContourSequence[0].ContourSequence:
                del one.NumberOfContourPoints
                if count is not None:
                    one.NumberOfContourPoints = count

        measured(name, "R08", "the points are counted", write(name, [roi(STEPS)], change), [STAIRS])
    refused("eleven_numbers", "R08", "11 numbers are no points", EXISTING + "rtstruct_eleven_numbers.dcm", "bad-attribute",
            ["11 numbers in ROI number 1", "three coordinates"])

    file = write("decimal_comma", [roi(STEPS)])
    data = "\\".join(v.original_string for v in contour(*STEPS[0]).ContourData).encode()
    assert data in (FOLDER / file).read_bytes()
    (FOLDER / file).write_bytes((FOLDER / file).read_bytes().replace(data, data.replace(b".", b",")))
    refused("decimal_comma", "R08 R11", "a decimal comma", file, "bad-attribute", ["ContourData", "point"])


def identity():
    low = [(s, points) for s, points in STEPS]
    block = [(s, rectangle(4.5, 3.5, 10.5, 8.5)) for s in (2, 3, 4)]
    named = [roi(low, 7, "GTV"), roi([], 3, "GTV", drawn=False), roi(block, 0, "GTV"), roi([], 4, "organ")]
    measured("equal_names", "R09", "three ROIs of one name, numbers 7, 3 and 0; two without contours", write("equal_names", named),
             [STAIRS, NOTHING, BLOCK, NOTHING], [7, 3, 0, 4], problems=["empty-segment"],
             values={f"/lesions/{n}/id": name for n, name in enumerate(("GTV", "GTV", "GTV", "organ"))})
    refused("number_twice", "R09", "two ROIs of number 5", write("number_twice", [roi(low, 5), roi(block, 5)]), "contradiction",
            ["number 5"])

    def two_places(ds):
        ds.ROIContourSequence[1].ReferencedROINumber = 1

    refused("contours_in_two_places", "R09", "contours of ROI 1 in two items", write("contours_in_two_places", [roi(low), roi(block)],
                                                                                     two_places),
            "contradiction", ["ROI number 1 has contours in two places"])

    def of_nobody(ds):
        ds.ROIContourSequence[1].ReferencedROINumber = 9

    refused("contours_of_nobody", "R09", "contours of an ROI that is not there",
            write("contours_of_nobody", [roi(low), roi(block)], of_nobody),
            "contradiction", ["ROI number 9"])

    def unnumbered(ds):
        del ds.StructureSetROISequence[0].ROINumber

    refused("no_number", "R09", "an ROI without a number", write("no_number", [roi(low)], unnumbered), "bad-attribute", ["ROINumber"])
    elsewhere = [roi(low), roi(block, frame=f"{ROOT}.99")]
    refused("other_frame_in_one", "R09", "one of two ROIs is drawn in another frame of reference", write("other_frame_in_one", elsewhere),
            "misplaced-mask", ["ROI number 2", "another frame of reference"])

    def elsewhere_referred(ds):
        frame = ds.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0].RTReferencedSeriesSequence[0]
        frame.SeriesInstanceUID = f"{ROOT}.98"

    measured("other_series_referred", "R09", "it refers to another series; its position decides",
             write("other_series_referred", [roi(low)], elsewhere_referred),
             [STAIRS], problems=["no-series-reference"])

    def no_frame(ds):
        for one in ds.StructureSetROISequence:
            del one.ReferencedFrameOfReferenceUID

    measured("no_frame_of_reference_of_rois", "R09", "no ROI says its frame of reference",
             write("no_frame_of_reference_of_rois", [roi(low)], no_frame), [STAIRS], problems=["no-frame-of-reference"])
    refused("without_image", "R09", "contours have no voxels of their own", "equal_names.dcm", "unsupported", ["--image"], image=None)


def boundary_centres():
    # The filled octagon has centres on its border; drawn through them, it loses half of those: a convex figure that is symmetric
    # about its centre encloses as many half-open lattice points as its area (Pick's theorem, A = inside + border / 2 - 1; of the
    # border points one of every opposite pair counts, and neither of the two outermost ones).
    octagon = [(4, 2), (9, 2), (11, 4), (11, 6), (9, 8), (4, 8), (2, 6), (2, 4)]
    columns, rows = np.array(octagon).T
    area = abs(np.dot(columns, np.roll(rows, -1)) - np.dot(rows, np.roll(columns, -1))) / 2
    filled = (np.abs(C - 6.5) <= 4.5) & (np.abs(R - 5) <= 3) & (np.abs(C - 6.5) + np.abs(R - 5) <= 5.5) & on(2)
    assert area == 46 and filled.sum() == 58
    case("through_centres", "R10", ["measure", "--mask", write("through_centres", [roi([(2, octagon)])]), "--image", IMAGE, "--format",
                                    "json"],
         "Pick's theorem: 46 of the 58 voxels whose border centres the contour runs through", values={"/lesions/0/voxels": int(area)})
    outward = [(6.5 + 1.08 * (c - 6.5), 5 + 1.08 * (r - 5)) for c, r in octagon]
    drawn("around_centres", "R10", "the same octagon, drawn outside of those centres: all 58 voxels", [(2, outward)], filled, whole=True)


def rounding():
    for name, written in (("three_decimals", "{:.3f}"), ("one_decimal_more", "{:.4f}"), ("sixteen_characters", "{:.9e}"),
                          ("padded", " {:+.4f} ")):
        rounded = [contour(s, points, written=written) for s, points in STEPS]
        assert all(len(str(v.original_string).strip()) <= 16 for one in rounded for v in one.ContourData), name
        measured(name, "R11", f"coordinates written as {written}", write(name, [roi(rounded)]), [STAIRS])


def make():
    even_odd()
    holes()
    twice()
    planes()
    gaps()
    outside()
    points_and_lines()
    numbers()
    identity()
    boundary_centres()
    rounding()

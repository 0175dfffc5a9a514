"""Cases of NIfTI masks."""

import gzip
import struct
import warnings

import nibabel as nib
import numpy as np

from masks_parts import (
    BLOCK, FOLDER, LABELS, ONE, ORIGIN, S, SIZE, SPACING, STAIRS, TWO_ALONE, measured, refused,
)

EXISTING = "../../masks/"
RAS = np.diag([-SPACING[0], -SPACING[1], SPACING[2], 1.0])
RAS[:3, 3] = ORIGIN * [-1, -1, 1]
DATA = np.ascontiguousarray(LABELS.transpose(2, 1, 0))  # column, row, slice; 1 where STAIRS, else 2 where BLOCK
SECOND = BLOCK & ~STAIRS


def compressed(data):
    return gzip.compress(data, 9, mtime=0)


def image(array=DATA, affine=RAS, kind=nib.Nifti1Image, sform=1, qform=1, **header):
    """Nifti as bytes; `header`: fields set afterwards."""
    made = kind(array, affine, dtype=array.dtype)
    made.set_sform(affine, sform)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made.set_qform(affine, qform)
    made.header["descrip"] = b""
    for field, value in header.items():
        made.header[field] = value
    return bytearray(made.to_bytes())


def patched(data, **places):
    """`at=(format, value)` as `at_<offset>`: numbers changed in the bytes, little endian."""
    data = bytearray(data)
    for place, (kind, *values) in places.items():
        struct.pack_into(f"<{kind}", data, int(place[3:]), *values)
    return data


def write(name, data):
    (FOLDER / name).write_bytes(bytes(data))
    return name


def read_by_nibabel(path):
    """Labels as [slice, row, column] of the image, from nibabel's array and affine."""
    found = nib.load(path)
    values = np.rint(np.asanyarray(found.dataobj).astype(float))
    values = values[..., 0] if values.ndim == 4 else values
    values = values[..., None] if values.ndim == 2 else values
    index = np.moveaxis(np.indices(values.shape), 0, -1).reshape(-1, 3)
    world = nib.affines.apply_affine(found.affine, index) * [-1, -1, 1]
    places = np.rint((world - ORIGIN) / SPACING).astype(int)
    labels = np.zeros(SIZE[::-1], int)
    marked = values.reshape(-1) > 0
    labels[tuple(places[marked].T[::-1])] = values.reshape(-1)[marked]
    return labels


def two(name, rows, source, file, by_nibabel=True, **more):
    """STAIRS as 1, and BLOCK without STAIRS as 2."""
    if by_nibabel:
        labels = read_by_nibabel(FOLDER / file)
        assert np.array_equal(labels == 1, STAIRS) and np.array_equal(labels == 2, SECOND), name
        source += "; nibabel reads the same voxels"
    measured(name, rows, source, file, [STAIRS, SECOND], [1, 2], **more)


def scattered(name, rows, source, file, **more):
    """The labels of `tests/masks/make.py`."""
    measured(name, rows, source, EXISTING + file, [ONE, TWO_ALONE], [1, 2], **more)


def frames_of_reference():
    two("sform_and_qform", "N01", "sform and qform agree", write("sform_and_qform.nii", image()))
    scattered("sform_only", "N01", "nibabel; qform_code 0", "nifti_sform_only.nii.gz")
    scattered("qform_only", "N01", "nibabel; sform_code 0", "nifti_qform_only.nii.gz")
    scattered("sform_and_qform_differ", "N01", "nibabel; the qform is 5 mm off, the sform counts", "nifti_conflict.nii.gz",
              problems=["sform-qform-differ"])
    refused("neither_form", "N01", "both codes are 0: the voxels have no place", EXISTING + "nifti_no_codes.nii.gz",
            "bad-attribute", ["sform_code and qform_code"])
    # A tenth of the smallest voxel is 0.08 mm.
    near = RAS.copy()
    near[0, 3] += 0.05
    two("forms_almost_agree", "N01", "the qform is 0.05 mm off, less than a tenth of a voxel",
        write("forms_almost_agree.nii", patched(image(), at_268=("f", near[0, 3]))))
    two("forms_differ_by_a_voxel", "N01", "the qform is 0.8 mm off, the sform counts",
        write("forms_differ_by_a_voxel.nii", patched(image(), at_268=("f", RAS[0, 3] + 0.8))), problems=["sform-qform-differ"])
    two("qform_is_none", "N01", "a sform, and a qform whose quaternion is longer than 1",
        write("qform_is_none.nii", patched(image(), at_256=("3f", 1, 1, 0))), problems=["sform-qform-differ"])
    two("pixdim_differs", "N01", "pixdim says 1 mm, the sform 0.8 mm",
        write("pixdim_differs.nii", patched(image(qform=0), at_80=("f", 1))), problems=["voxel-size-differs"])
    refused("qform_too_long", "N01", "only a qform, whose quaternion is longer than 1",
            write("qform_too_long.nii", patched(image(sform=0), at_256=("3f", 1, 1, 0))), "bad-attribute", ["quatern"])
    refused("qform_without_size", "N01", "only a qform, with a voxel size of 0",
            write("qform_without_size.nii", patched(image(sform=0), at_84=("f", 0))), "bad-attribute", ["pixdim"])
    refused("qform_negative_size", "N01", "only a qform, with a voxel size below 0: readers take it for 1 or for its absolute value",
            write("qform_negative_size.nii", patched(image(sform=0), at_80=("f", -0.8))), "bad-attribute", ["pixdim"])
    for name, value, what in (("sform_nan", np.nan, "not a number"), ("sform_infinite", np.inf, "infinite")):
        refused(name, "N01", f"one number of the sform is {what}", write(f"{name}.nii", patched(image(), at_284=("f", value))),
                "corrupt", ["not finite or is singular"])
    refused("sform_singular", "N01", "two columns of the sform are equal",
            write("sform_singular.nii", patched(image(), at_280=("4f", *RAS[0]), at_296=("4f", *RAS[0]))), "corrupt", ["singular"])
    refused("sform_zero", "N01", "a sform of zeros", write("sform_zero.nii", patched(image(), at_280=("12f", *[0] * 12))),
            "corrupt", ["singular"])
    refused("in_metres", "N01", "xyzt_units says metres", write("in_metres.nii", patched(image(), at_123=("B", 1))), "unsupported",
            ["metres"])
    two("no_units", "N01", "xyzt_units says nothing: millimetres", write("no_units.nii", patched(image(), at_123=("B", 0))))
    # Left-handed: pixdim[0] is -1, so the third axis of the quaternion's frame is turned round.
    turned = RAS @ np.diag([1, 1, -1, 1])
    turned[:3, 3] += RAS[:3, 2] * (SIZE[2] - 1)
    two("qform_left_handed", "N01", "only a qform, qfac -1, slices from the top",
        write("qform_left_handed.nii", image(np.ascontiguousarray(DATA[:, :, ::-1]), turned, sform=0)))


def axes():
    for turn in ("ras", "lps", "sal", "pir", "ila"):
        scattered(f"axes_{turn}", "N02", "nibabel: the same voxels in another order of axes", f"nifti_{turn}.nii.gz")
    noise = RAS.copy()
    noise[:3] += 1e-5 * np.array([[1, -1, 1, 30], [-1, 1, -1, -30], [1, 1, -1, 30]])
    two("float_noise", "N02", "steps off by 1e-5 mm and the origin by 3e-4 mm: less than 1e-3 of a voxel in every corner",
        write("float_noise.nii", image(affine=noise)))
    shifted = RAS.copy()
    shifted[0, 3] += 0.01
    two("shifted_by_a_hundredth", "N02", "0.01 mm is more than 1e-3 of a voxel: not the same grid",
        write("shifted_by_a_hundredth.nii", image(affine=shifted)), on_image=False, problems=["own-grid"], notes=["mask-plane"])
    crop = np.ascontiguousarray(DATA[2:12, 1:10, 1:5])
    cut = RAS.copy()
    cut[:3, 3] = nib.affines.apply_affine(RAS, [2, 1, 1])
    two("cropped", "N02", "only the part of the image around the lesions", write("cropped.nii", image(crop, cut)))
    larger = np.pad(DATA, ((2, 3), (1, 0), (4, 1)))
    out = RAS.copy()
    out[:3, 3] = nib.affines.apply_affine(RAS, [-2, -1, -4])
    two("larger", "N02", "empty voxels outside the image", write("larger.nii.gz", compressed(image(larger, out))))
    marked = larger.copy()
    marked[0, 5, 5] = 1
    refused("marked_outside", "N02", "one of the voxels outside the image is marked",
            write("marked_outside.nii.gz", compressed(image(marked, out))), "misplaced-mask", ["column -2", "outside the image"])
    finer = np.repeat(np.repeat(DATA, 2, axis=0), 2, axis=1)
    half = RAS @ np.diag([0.5, 0.5, 1, 1])
    half[:3, 3] = nib.affines.apply_affine(RAS, [-0.25, -0.25, 0])
    fine = lambda voxels: np.repeat(np.repeat(voxels, 2, axis=1), 2, axis=2)
    measured("finer", "N02", "every voxel cut into 2 x 2: four times the voxels, the same volume", write("finer.nii", image(finer, half)),
             [fine(STAIRS), fine(SECOND)], [1, 2], on_image=False, spacing=SPACING * [0.5, 0.5, 1],
             problems=["own-grid"], notes=["mask-plane"])
    sheared = RAS.copy()
    sheared[0, 1] = 0.1
    refused("sheared", "N02", "rows and columns are not at right angles", write("sheared.nii", image(affine=sheared, qform=0)),
            "corrupt", ["not perpendicular"])


def variants():
    for name, file in (("nifti_2", "nifti_2.nii"), ("nifti_big_endian", "nifti_big_endian.nii"), ("nifti_pair", "nifti_pair.hdr"),
                       ("nifti_gzip_named_nii", "nifti_gz_named.nii"), ("nifti_slope_nan", "nifti_slope_nan.nii"),
                       ("nifti_slope_zero", "nifti_slope_zero.nii"), ("nifti_slope_half", "nifti_slope_half.nii"),
                       ("nifti_four_dimensions_of_one", "nifti_4d_of_one.nii.gz")):
        scattered(name, "N03", "nibabel and the closed form", file)
    for kind in ("i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"):
        for order in ("<", ">"):
            header = nib.Nifti1Header(endianness=order)
            made = nib.Nifti1Image(DATA.astype(order + kind), RAS, header=header, dtype=np.dtype(order + kind))
            made.set_sform(RAS, 1)
            made.set_qform(RAS, 1)
            name = f"nifti_{kind}_{'little' if order == '<' else 'big'}"
            two(name, "N03", "numbers of this type", write(f"{name}.nii.gz", compressed(made.to_bytes())))
    two("plain_named_gz", "N03", "not compressed, whatever its name says", write("plain_named_gz.nii.gz", image()), by_nibabel=False)
    big = nib.Nifti2Image(DATA.astype(">i2"), RAS, header=nib.Nifti2Header(endianness=">"), dtype=">i2")
    big.set_sform(RAS, 1)
    two("nifti_2_big_endian", "N03", "version 2 in the other byte order", write("nifti_2_big_endian.nii", big.to_bytes()))

    # A pair: the magic says so, and the voxels begin at the first byte of the other file.
    whole = patched(image(), at_344=("4s", b"ni1\0"), at_108=("f", 0))
    write("pair.img.gz", compressed(whole[352:]))
    two("pair_compressed_image", "N03", "header as it is, image in gzip", write("pair.hdr", whole[:348]), by_nibabel=False)
    write("pair_packed.img.gz", compressed(whole[352:]))
    two("pair_both_compressed", "N03", "header and image in gzip", write("pair_packed.hdr.gz", compressed(whole[:348])))
    refused("pair_alone", "N03", "the image of the pair is not there", write("pair_alone.hdr", whole[:348]), "unreadable")

    # 0.9999999 and 2.0000001 are what some converters make of 1 and 2.
    noisy = DATA * np.float32(1 - 1e-7) + np.where(DATA == 2, np.float32(3e-7), np.float32(0))
    two("almost_whole", "N03", "0.9999999 is 1", write("almost_whole.nii", image(noisy.astype("f4"))))
    scaled = patched(image((3 * DATA).astype("f4")), at_112=("2f", 1 / 3, 0))
    two("slope_third", "N03", "3 x 1/3 in 32 bits is 1", write("slope_third.nii", scaled))
    moved = patched(image((DATA.astype("i2") - 7)), at_112=("2f", 1, 7))
    two("intercept", "N03", "-7 + 7 is nothing, -6 + 7 is 1", write("intercept.nii", moved))
    refused("soft", "N03", "a probability of 0.4 is no label", EXISTING + "nifti_soft.nii.gz", "corrupt", ["0.4", "threshold"])
    for name, kind, value, said in (("negative", "i2", -1, "-1"), ("not_a_number", "f4", np.nan, "NaN"),
                                    ("infinite", "f4", np.inf, "inf"),
                                    ("of_41_bits", "i8", 1 << 40, "1099511627776"), ("half", "f8", 0.5, "0.5")):
        data = DATA.astype(kind)
        data[DATA == 2] = value
        refused(f"label_{name}", "N03", f"{said} is no label", write(f"label_{name}.nii.gz", compressed(image(data))), "corrupt",
                [f"the voxel value {said} is no label"])
    refused("slope_infinite", "N03", "an infinite slope", write("slope_infinite.nii", patched(image(), at_112=("2f", np.inf, 0))),
            "bad-attribute", ["scl_slope"])
    refused("intercept_nan", "N03", "a slope, and an intercept that is not a number",
            write("intercept_nan.nii", patched(image(), at_112=("2f", 1, np.nan))), "bad-attribute", ["scl_inter"])
    refused("four_dimensions", "N03", "two volumes: which one?", EXISTING + "nifti_4d.nii.gz", "unsupported", ["2 volumes"])
    refused("five_dimensions", "N03", "a vector image", write("five_dimensions.nii", patched(image(), at_40=("6h", 5, 15, 11, 6, 1, 3))),
            "unsupported", ["3 volumes (dimension 5)"])
    refused("one_dimension", "N03", "dim[0] is 1", write("one_dimension.nii", patched(image(), at_40=("h", 1))), "corrupt",
            ["1 dimensions"])
    refused("rgb", "N03", "data type 128 is colour", write("rgb.nii", patched(image(), at_70=("2h", 128, 24))), "unsupported",
            ["data type 128"])
    two_dimensional()


def two_dimensional():
    """One slice, with and without the image. Its thickness is that of the third column of the sform."""
    flat = np.ascontiguousarray(DATA[:, :, 2])
    place = RAS.copy()
    place[:3, 3] = nib.affines.apply_affine(RAS, [0, 0, 2])
    only = lambda voxels: voxels & (S == 2)
    file = write("two_dimensions.nii", image(flat, place))
    labels = read_by_nibabel(FOLDER / file)
    assert np.array_equal(labels == 1, only(STAIRS)) and np.array_equal(labels == 2, only(SECOND))
    measured("two_dimensions", "N03", "dim[0] is 2: slice 2 of the image; nibabel reads the same voxels", file,
             [only(STAIRS), only(SECOND)], [1, 2])
    measured("two_dimensions_alone", "N03", "dim[0] is 2, no image: one slice of 2.5 mm", file, [STAIRS[2:3], SECOND[2:3]], [1, 2],
             on_image=False, image=None, whole=True, problems=["single-slice"], notes=["mask-plane"])


def lies_and_cuts():
    refused("dimensions_lie", "N04", "30000 x 30000 x 30000 voxels are promised, 990 are there",
            write("dimensions_lie.nii", patched(image(), at_42=("3h", 30000, 30000, 30000))), "unsupported", ["30000 x 30000 x 30000"])
    refused("dimensions_lie_less", "N04", "15 x 11 x 30000 voxels are promised, 990 are there",
            write("dimensions_lie_less.nii", patched(image(), at_46=("h", 30000))), "corrupt",
            ["promises 4950000 voxels, 990 are there"])
    refused("dimensions_lie_in_gzip", "N04", "2000 x 2000 x 2000 numbers of 64 bits are promised, 990 bytes are there",
            write("dimensions_lie_in_gzip.nii.gz", compressed(patched(image(), at_42=("3h", 2000, 2000, 2000), at_70=("2h", 64, 64)))),
            "corrupt", ["promises 8000000000 voxels"])
    refused("dimension_negative", "N04", "a dimension of -11", write("dimension_negative.nii", patched(image(), at_44=("h", -11))),
            "corrupt", ["dimension 2 is -11"])
    refused("dimension_zero", "N04", "a dimension of 0", write("dimension_zero.nii", patched(image(), at_44=("h", 0))), "corrupt",
            ["dimension 2 is 0"])
    refused("one_voxel_short", "N04", "the last voxel is not there", write("one_voxel_short.nii", image()[:-1]), "corrupt",
            ["promises 990 voxels, 989 are there"])
    two("bytes_behind", "N04", "the header promises fewer voxels than there are: said", write("bytes_behind.nii", image() + bytes(165)),
        problems=["excess-data"])
    packed = compressed(image())
    refused("gzip_cut", "N04", "the stream ends early", EXISTING + "nifti_cut.nii.gz", "corrupt", ["cut off"])
    refused("gzip_cut_in_checksum", "N04", "all voxels are there, the checksum is not",
            write("gzip_cut_in_checksum.nii.gz", packed[:-5]), "corrupt", ["cut off"])
    wrong = bytearray(packed)
    wrong[-8] ^= 1
    refused("gzip_wrong_checksum", "N04", "the checksum is not that of the data", write("gzip_wrong_checksum.nii.gz", wrong),
            "corrupt", ["checksum"])
    two("gzip_padded", "N04", "zeros behind the compressed stream: said", write("gzip_padded.nii.gz", packed + bytes(512)),
        problems=["excess-data"], by_nibabel=False)
    two("gzip_in_parts", "N04", "two compressed streams in one file are one (RFC 1952)",
        write("gzip_in_parts.nii.gz", compressed(image()[:700]) + compressed(image()[700:])))
    refused("header_cut", "N04", "200 bytes are no header", write("header_cut.nii", image()[:200]), "unsupported")
    refused("offset_beyond", "N04", "the voxels would begin at byte 100 000 000 of 1342",
            write("offset_beyond.nii", patched(image(), at_108=("f", 1e8))), "corrupt", ["0 are there"])
    for name, offset in (("offset_in_header", 100), ("offset_nan", np.nan), ("offset_negative", -1), ("offset_fraction", 352.5)):
        refused(name, "N04", f"the voxels would begin at byte {offset}", write(f"{name}.nii", patched(image(), at_108=("f", offset))),
                "corrupt", ["its data would start at byte"])
    two("offset_zero", "N04", "an offset of 0 is the end of the header", write("offset_zero.nii", patched(image(), at_108=("f", 0))),
        by_nibabel=False)
    behind = patched(image(), at_108=("f", 352 + 160))
    two("extensions", "N04", "160 bytes of extensions before the voxels", write("extensions.nii",
                                                                                behind[:352] + bytes(160) + behind[352:]))


def mirrored():
    refused("mirrored", "N05", "LPS numbers written as RAS: the mask covers another region", EXISTING + "nifti_mirrored.nii.gz",
            "misplaced-mask", ["its grid covers"])
    # Cut to the lesions, and still another region.
    cut = np.diag([-1, -1, 1, 1]) @ RAS
    cut[:3, 3] = nib.affines.apply_affine(cut, [2, 1, 1])
    refused("mirrored_and_cropped", "N05", "the same, cut to the part around the lesions",
            write("mirrored_and_cropped.nii", image(np.ascontiguousarray(DATA[2:12, 1:10, 1:5]), cut)), "misplaced-mask")
    # Moved by two voxels: the grid fits the lattice of the image, the marked voxels do not fit into it.
    far = RAS.copy()
    far[:3, 3] = nib.affines.apply_affine(RAS, [9, 0, 0])
    refused("moved_out", "N05", "nine columns to the left: some of the lesion lies outside the image",
            write("moved_out.nii", image(affine=far)), "misplaced-mask", ["outside the image"])
    overlap = RAS.copy()
    overlap[:3, 3] += [-7.4, 0.3, 0]
    refused("half_beside", "N05", "half of the mask's grid lies beside the image: it belongs to another one",
            write("half_beside.nii", image(affine=overlap)), "misplaced-mask", ["its grid covers"])


def make():
    frames_of_reference()
    axes()
    variants()
    lies_and_cuts()
    mirrored()

"""Cases of folders and archives: strangers, names, zip files, DICOMDIR, character sets, dates, and what must not be said."""

import io
import struct
import zipfile

from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from files_slices import (
    FOLDER, case, element, file_of, header, headers_alone, in_one, measured, parts, put, reads, refuses, series, summary, uid, volume,
)

PLAIN = "closed form: stored 7 c + 13 r + 100 s"
LETTER = b"Dear colleague, ..."


def strangers():
    name = "names_say_nothing"
    files = dict(zip(("IM0001", "a/b/report.pdf", "a/mask.nii"), series(name)))
    reads(name, "E01", f"{PLAIN}; names and folders that mislead", files)

    name = "strangers"
    files = {f"s{s}.dcm": file for s, file in enumerate(series(name))}
    files |= {"zero.dcm": b"", "letter.dcm": LETTER, "Thumbs.db": b"\xd0\xcf\x11\xe0" + bytes(60), "notes/read me.txt": b"ok",
              "other/state.dcm": other_object(name)}
    reads(name, "E01", f"{PLAIN}; beside other things", files, problems=["empty-file", "not-what-it-says"],
          says=["zero.dcm", "letter.dcm"], never=["Thumbs.db", "read me.txt", "state.dcm"])

    name = "no_dicom"
    put(name, {"letter.txt": LETTER, "table.csv": b"a,b\n1,2\n"})
    case(name, "E01", "there is nothing to inspect", run=headers_alone(name), exit=3)
    name = "no_dicom_but_the_name"
    put(name, {"letter.dcm": LETTER})
    case(name, "E01", "there is nothing to inspect", run=headers_alone(name), exit=3, problems=["not-what-it-says"],
         says=["letter.dcm"])

    name = "dicomdir"
    files = {f"DICOM/IM{s}": file for s, file in enumerate(series(name))}
    files["DICOMDIR"] = dicomdir(name)
    reads(name, "E01 L08", f"{PLAIN}; beside a DICOMDIR that names one file of three", files)
    name = "dicomdir_alone"
    put(name, {"DICOMDIR": dicomdir(name)})
    case(name, "E01 L08", "a directory of files that are not there", run=headers_alone(name), exit=3)


def other_object(name):
    """A presentation state: DICOM, but neither image nor mask."""
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.11.1", uid(name, 7, 1)
    ds.Modality, ds.PatientName, ds.PatientID, ds.SeriesInstanceUID = "PR", "NEVER^SHOWN", "NEVER-SHOWN", uid(name, 7)
    return file_of(ds, parts(ds))


def dicomdir(name):
    ds, patient, image = Dataset(), Dataset(), Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.1.3.10", uid(name, 8)
    patient.DirectoryRecordType, patient.PatientName, patient.PatientID = "PATIENT", "NEVER^SHOWN", "NEVER-SHOWN"
    image.DirectoryRecordType, image.ReferencedFileID = "IMAGE", ["DICOM", "IM0"]
    ds.DirectoryRecordSequence = Sequence([patient, image])
    return file_of(ds, parts(ds))


def zipped(entries, usual=zipfile.ZIP_DEFLATED, last=None):
    """An archive of names and bytes, the same every time, packed in the `usual` way, the last entry perhaps in another."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for place, (name, content) in enumerate(entries, 1):
            info = zipfile.ZipInfo(name, (2026, 1, 5, 0, 0, 0))
            info.compress_type = last if last and place == len(entries) else usual
            archive.writestr(info, content)
    return out.getvalue()


def entries(name, folder="ct/"):
    return [(f"{folder}s{s}.dcm", file) for s, file in enumerate(series(name))]


def archives():
    def archive(name, content):
        (FOLDER / f"{name}.zip").write_bytes(content)
        return ["inspect", f"{name}.zip", "--pixels", "--format", "json"]

    def reading(name, what, content, **more):
        case(name, "E02", f"{PLAIN}; {what}", run=archive(name, content), values=summary(volume() - 1024), **more)

    reading("zip_deflated", "an archive like a folder", zipped(entries("zip_deflated")))
    measured("zip_deflated", "E02", PLAIN, volume() - 1024, image="zip_deflated.zip")
    reading("zip_stored", "entries without compression", zipped(entries("zip_stored"), usual=zipfile.ZIP_STORED))
    name = "zip_without_folders"
    reading(name, "entries at the top, beside a letter", zipped([*entries(name, ""), ("letter.txt", LETTER)]))
    name = "zip_with_dicomdir"
    reading(name, "folders, a DICOMDIR and names without extension",
            zipped([("DICOMDIR", dicomdir(name)), ("DICOM/", b""), *((f"DICOM/IM{s}", file) for s, file in enumerate(series(name)))]))

    name = "zip_odd_names"
    reading(name, "entries called -rf, with a line end and with a semicolon",
            zipped(list(zip(("-rf", "ct/new\nline", "ct/a; b/$(x)"), series(name)))))
    case("zip_empty", "E02", "an archive without entries", run=archive("zip_empty", zipped([])), exit=3)

    # Archives among files; the name does not matter.
    name = "zip_in_folder"
    put(name, {"scan.zip": zipped(entries(name)), "letter.txt": LETTER})
    case(name, "E02", f"{PLAIN}; an archive inside of a folder", values=summary(volume() - 1024))
    name = "zip_without_extension"
    put(name, {"SCAN": zipped(entries(name))})
    case(name, "E01 E02", f"{PLAIN}; content decides what an archive is", values=summary(volume() - 1024))
    name = "zip_of_letters"
    put(name, series(name))
    put(name, {"letters.zip": zipped([("letter.txt", LETTER)])})
    case(name, "E02", f"{PLAIN}; an archive that holds no scan disturbs nothing", values=summary(volume() - 1024))
    name = "zip_nothing"
    case(name, "E02", "an archive without scans", run=archive(name, zipped([("letter.txt", LETTER)])), exit=3)

    # What is odd inside is named as archive/entry.
    name = "zip_cut_slice"
    own = entries(name)
    own[1] = (own[1][0], own[1][1][:-100])
    case(name, "E02 E08", "an entry is a cut file", run=archive(name, zipped(own)), exit=4, problems=["corrupt"],
         says=["zip_cut_slice.zip/ct/s1.dcm"], values={"/series/0/usable": False})

    # Names that lead out of the archive; the others are read.
    outside = series("zip_outside", slices=4)[3]
    for name, odd in (("zip_parent_folder", "../s3.dcm"), ("zip_parent_inside", "ct/../../s3.dcm"), ("zip_absolute", "/tmp/s3.dcm"),
                      ("zip_backslash", "..\\s3.dcm")):
        reading(name, f"the entry `{odd}` leads out of the archive", zipped([*entries(name), (odd, outside)]),
                problems=["zip-entry-refused"], says=["s3.dcm"])

    def with_last(name, change):
        """An archive whose last entry is changed in its local head and in the directory: `change(head, local)`."""
        data = bytearray(zipped([*entries(name), ("ct/s3.dcm", outside)]))
        change(data, data.rindex(b"PK\x03\x04"), data.rindex(b"PK\x01\x02"))
        return bytes(data)

    def encrypt(data, local, directory):
        data[local + 6] |= 1
        data[directory + 8] |= 1

    reading("zip_encrypted", "an entry that needs a password", with_last("zip_encrypted", encrypt), problems=["zip-entry-refused"],
            says=["ct/s3.dcm"])
    reading("zip_unknown_method", "an entry packed with LZMA",
            zipped([*entries("zip_unknown_method"), ("ct/s3.dcm", outside)], last=zipfile.ZIP_LZMA),
            problems=["zip-entry-refused"], says=["ct/s3.dcm"])

    def five_gib(data, local, directory):
        # ZIP64: sizes in the extra field of the directory.
        extra = struct.pack("<HHQ", 1, 8, 5 << 30)
        name_length = struct.unpack_from("<H", data, directory + 28)[0]
        struct.pack_into("<I", data, directory + 24, 0xFFFFFFFF)
        struct.pack_into("<H", data, directory + 30, len(extra))
        end = directory + 46 + name_length
        data[end:end] = extra
        tail = data.rindex(b"PK\x05\x06")
        struct.pack_into("<I", data, tail + 12, struct.unpack_from("<I", data, tail + 12)[0] + len(extra))

    reading("zip_five_gib", "an entry that promises 5 GiB", with_last("zip_five_gib", five_gib), problems=["zip-entry-refused"],
            says=["ct/s3.dcm"])

    # Damaged archives and entries.
    whole = zipped(entries("zip_cut"))
    case("zip_cut", "E02 E08", "an archive without its end", run=archive("zip_cut", whole[:2 * len(whole) // 3]), exit=4,
         problems=["corrupt"], says=["zip_cut.zip"])
    case("zip_magic_only", "E02", "four bytes of an archive", run=archive("zip_magic_only", b"PK\x03\x04"), exit=4,
         problems=["corrupt"], says=["zip_magic_only.zip"])

    def damaged(name, what, change):
        case(name, "E02", what, run=archive(name, with_last(name, change)), exit=4, problems=["corrupt"], says=["ct/s3.dcm"])

    def other_sum(data, local, directory):
        for at in (local + 14, directory + 16):
            data[at] ^= 0xFF

    def smaller(data, local, directory):
        for at in (local + 22, directory + 24):
            struct.pack_into("<I", data, at, 200)

    def stream(data, local, directory):
        data[local + 300:local + 320] = bytes(20)

    damaged("zip_wrong_sum", "the check sum of an entry does not hold", other_sum)
    damaged("zip_larger_than_said", "an entry of 1 KB that says 200 bytes", smaller)
    damaged("zip_damaged_stream", "20 bytes of a compressed entry are overwritten", stream)


def character_sets():
    name = "character_sets"
    names = [
        ("ISO_IR 192", "山田^太郎".encode()),
        ("\\ISO 2022 IR 87", b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B"),
        ("\\ISO 2022 IR 149", b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7"),
        ("GB18030", "王^小东".encode("gb18030")),
        (None, "Müller^Jörg".encode("latin-1")),
        ("ISO_IR 9999", b"\x80\xff\xfe"),
    ]

    def edit(by_tag, s):
        charset, patient = names[s]
        if charset:
            by_tag[0x00080005] = element(0x00080005, "CS", charset.encode())
        by_tag[0x00100010] = element(0x00100010, "PN", patient)
        by_tag[0x0008103E] = element(0x0008103E, "LO", patient)

    reads(name, "E09 L06", f"{PLAIN}; six character sets, one undeclared and one unknown", series(name, edit=edit, slices=6),
          volume(6) - 1024, never=["山", "Yamada", "Hong", "王", "Müller", "ller^J"])


def dates():
    def days(name, what, expected, **attributes):
        def change(ds, s):
            del ds.StudyDate

        def edit(by_tag, s):
            for keyword, value in attributes.items():
                tag = tag_for_keyword(keyword)
                by_tag[tag] = element(tag, "DA", value)

        put(name, series(name, change, edit, slices=2))
        values, says = {"/series/0/usable": True, "/series/0/geometry/slices": 2}, []
        if expected:
            values |= {"/series/0/date": expected[0], "/series/0/date_from": expected[1]}
        else:
            says = ['"date": null']
        case(name, "E10", what, run=headers_alone(name), values=values, says=says)

    order = "order of the rule: AcquisitionDate, SeriesDate, StudyDate, ContentDate"
    every = dict(AcquisitionDate=b"20260104", SeriesDate=b"20260105", StudyDate=b"20260106", ContentDate=b"20260107")
    days("date_of_acquisition", order, ("2026-01-04", "AcquisitionDate"), **every)
    days("date_of_series", order, ("2026-01-05", "SeriesDate"), **every | dict(AcquisitionDate=b""))
    days("date_of_study", order, ("2026-01-06", "StudyDate"), **every | dict(AcquisitionDate=b"", SeriesDate=b"        "))
    days("date_of_content", order, ("2026-01-07", "ContentDate"), ContentDate=b"20260107")
    days("date_impossible", "a 13th month, a 29 February of no leap year and words are no dates", ("2006-01-28", "ContentDate"),
         AcquisitionDate=b"20061399", SeriesDate=b"20060229", StudyDate=b"unknown", ContentDate=b"20060128")
    days("date_with_points", "the old form of a date", ("2006-01-28", "AcquisitionDate"), AcquisitionDate=b"2006.01.28")
    days("date_missing", "no date: the geometry is read all the same", None)
    days("date_nowhere_possible", "no real date", None, AcquisitionDate=b"20061399", StudyDate=b"00000000", ContentDate=b"2006")


def patients():
    secrets = ["DOE", "JANE", "4711-X", "1947", "90210", "whisper", "St. Nowhere", "Dr^Who"]

    def known(ds, s):
        ds.PatientName, ds.PatientID, ds.PatientBirthDate = "DOE^JANE", "4711-X", "19470311"
        ds.AccessionNumber, ds.StudyDescription, ds.SeriesDescription = "ACC90210", "whisper study", "whisper series"
        ds.InstitutionName, ds.ReferringPhysicianName, ds.PatientComments = "St. Nowhere", "Dr^Who", "whisper comment"
        ds.PatientAge, ds.OtherPatientNames, ds.BurnedInAnnotation = "078Y", "DOE^J", "YES"

    loud = lambda name, more=(): ["inspect", name, "--verbose", *more]
    name = "patient_read"
    reads(name, "E11", PLAIN, series(name, known), never=secrets)
    for name_, more in (("patient_read_table", ["--pixels"]), ("patient_read_headers", [])):
        case(name_, "E11", "nothing about the patient is said", run=loud(name, more), never=secrets)

    def missing(ds, s):
        known(ds, s)
        if s == 1:
            del ds.PixelSpacing

    def slope(ds, s):
        known(ds, s)
        if s == 1:
            ds.RescaleSlope = "0"

    def other(ds, s):
        known(ds, s)
        if s == 1:
            ds.PatientID = "4711-Y"

    cut = lambda file, s: file[:-100] if s == 1 else file
    header_cut = lambda file, s: file[:file.index(b"4711") + 2] if s == 1 else file
    mismatch = lambda file, s: file.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.2\0") if s == 1 else file
    for name, what, change, end, problem in (
            ("patient_missing_spacing", "a refusal", missing, None, "bad-attribute"),
            ("patient_slope_zero", "a refusal when pixels are read", slope, None, "bad-attribute"),
            ("patient_other", "two patients in one series", other, None, "contradiction"),
            ("patient_cut", "a cut file", known, cut, "corrupt"),
            ("patient_cut_identifier", "a file that ends inside of PatientID", known, header_cut, "corrupt")):
        files = series(name, change, **({"end": end} if end else {}))
        secret = [*secrets, "4711"]
        refuses(name, "E11", f"nothing about the patient is said: {what}", files, problem, never=secret)
        case(f"{name}_table", "E11", f"nothing about the patient is said: {what}", run=loud(name, ["--pixels"]), exit=4,
             problems=[problem], says=["s1.dcm"], never=secret)

    # The first byte of a data set tells its order, because its groups begin with 0008.
    name = "patient_misread"
    put(name, series(name, known, end=mismatch))
    case(name, "E11 E04", "little endian data under the name of big endian", run=loud(name, ["--pixels"]), exit=0,
         problems=["encoding-mismatch"], says=["s1.dcm"], never=secrets)

    def text(by_tag, s):
        by_tag[0x00280030] = element(0x00280030, "DS", b"DOE^JANE\\0.7")

    name = "patient_in_a_number"
    refuses(name, "E11", "a name where a number belongs is not repeated", series(name, known, in_one(text)), "bad-attribute",
            says=["s1.dcm", "PixelSpacing"], never=secrets)


def make():
    strangers()
    archives()
    character_sets()
    dates()
    patients()

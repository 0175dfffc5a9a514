-- Format 1. Every table of results has a natural key that begins with the study, the hash of the row, a version that counts
-- its changes, and a mark for rows that the latest load no longer produced. Lengths are millimetres, volumes cubic
-- millimetres, dates ISO 8601, truth values 0 or 1. A text that is unknown is empty, anything else that is unknown is NULL.

CREATE TABLE study (
    study TEXT NOT NULL,
    criteria TEXT NOT NULL,
    row_hash TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    void INTEGER NOT NULL DEFAULT 0 CHECK (void IN (0, 1)),
    PRIMARY KEY (study)
) STRICT;

CREATE TABLE subject (
    study TEXT NOT NULL REFERENCES study,
    subject TEXT NOT NULL,
    arm TEXT NOT NULL,
    row_hash TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    void INTEGER NOT NULL DEFAULT 0 CHECK (void IN (0, 1)),
    PRIMARY KEY (study, subject)
) STRICT;

CREATE TABLE lesion (
    study TEXT NOT NULL,
    subject TEXT NOT NULL,
    lesion TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('target', 'nontarget', 'new')),
    site TEXT NOT NULL,
    nodal INTEGER NOT NULL CHECK (nodal IN (0, 1)),
    first_seen TEXT NOT NULL,
    proposal INTEGER NOT NULL CHECK (proposal IN (0, 1)),
    row_hash TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    void INTEGER NOT NULL DEFAULT 0 CHECK (void IN (0, 1)),
    PRIMARY KEY (study, subject, lesion),
    FOREIGN KEY (study, subject) REFERENCES subject
) STRICT;

CREATE TABLE measurement (
    study TEXT NOT NULL,
    subject TEXT NOT NULL,
    visit TEXT NOT NULL,
    date TEXT NOT NULL,
    lesion TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('target', 'nontarget', 'new')),
    site TEXT NOT NULL,
    nodal INTEGER NOT NULL CHECK (nodal IN (0, 1)),
    state TEXT NOT NULL,
    diameter_mm REAL,
    reader_mm REAL,
    mask_diameter_mm REAL,
    long_axis_mm REAL,
    short_axis_mm REAL,
    volume_mm3 REAL,
    max_3d_diameter_mm REAL,
    voxels INTEGER,
    slice_index INTEGER,
    sop_instance_uid TEXT NOT NULL,
    series_instance_uid TEXT NOT NULL,
    modality TEXT NOT NULL,
    mask TEXT NOT NULL,
    level TEXT NOT NULL,
    proposal INTEGER NOT NULL CHECK (proposal IN (0, 1)),
    warnings TEXT NOT NULL CHECK (json_valid(warnings)),
    row_hash TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    void INTEGER NOT NULL DEFAULT 0 CHECK (void IN (0, 1)),
    PRIMARY KEY (study, subject, visit, date, lesion),
    FOREIGN KEY (study, subject, lesion) REFERENCES lesion
) STRICT;

-- The baseline is the row without classes; its sum is in sum_mm.
CREATE TABLE response (
    study TEXT NOT NULL,
    subject TEXT NOT NULL,
    visit TEXT NOT NULL,
    date TEXT NOT NULL,
    sum_mm REAL,
    partial_sum_mm REAL,
    nadir_mm REAL,
    change_from_baseline_pct REAL,
    change_from_nadir_pct REAL,
    change_from_nadir_mm REAL,
    target TEXT CHECK (target IN ('CR', 'PR', 'SD', 'PD', 'NE', 'NA')),
    nontarget TEXT CHECK (nontarget IN ('CR', 'NON-CR/NON-PD', 'NE', 'PD', 'NA')),
    new_lesion TEXT CHECK (new_lesion IN ('no', 'equivocal', 'unequivocal', 'not_assessed')),
    overall TEXT CHECK (overall IN ('CR', 'PR', 'SD', 'NON-CR/NON-PD', 'PD', 'NE')),
    overall_as_read TEXT CHECK (overall_as_read IN ('CR', 'PR', 'SD', 'NON-CR/NON-PD', 'PD', 'NE')),
    after_pd INTEGER CHECK (after_pd IN (0, 1)),
    date_first TEXT,
    date_last TEXT,
    coverage TEXT,
    provisional INTEGER CHECK (provisional IN (0, 1)),
    queries TEXT NOT NULL CHECK (json_valid(queries)),
    reasons TEXT NOT NULL CHECK (json_valid(reasons)),
    proposal INTEGER NOT NULL CHECK (proposal IN (0, 1)),
    row_hash TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    void INTEGER NOT NULL DEFAULT 0 CHECK (void IN (0, 1)),
    PRIMARY KEY (study, subject, visit, date),
    FOREIGN KEY (study, subject) REFERENCES subject
) STRICT;

CREATE TABLE best_response (
    study TEXT NOT NULL,
    subject TEXT NOT NULL,
    bor TEXT NOT NULL,
    bor_date TEXT,
    confirmed_bor TEXT NOT NULL,
    confirmed_bor_date TEXT,
    first_response_date TEXT,
    first_confirmed_response_date TEXT,
    progression_date TEXT,
    clinical_benefit INTEGER NOT NULL CHECK (clinical_benefit IN (0, 1)),
    proposal INTEGER NOT NULL CHECK (proposal IN (0, 1)),
    row_hash TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    void INTEGER NOT NULL DEFAULT 0 CHECK (void IN (0, 1)),
    PRIMARY KEY (study, subject),
    FOREIGN KEY (study, subject) REFERENCES subject
) STRICT;

-- The lesion is empty when the question concerns the whole timepoint, so it refers to no lesion.
CREATE TABLE query (
    study TEXT NOT NULL,
    subject TEXT NOT NULL,
    timepoint TEXT NOT NULL,
    lesion TEXT NOT NULL,
    code TEXT NOT NULL,
    question TEXT NOT NULL,
    class_if_yes TEXT NOT NULL,
    class_if_no TEXT NOT NULL,
    answer TEXT NOT NULL,
    answered_by TEXT NOT NULL,
    answered_on TEXT NOT NULL,
    row_hash TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    void INTEGER NOT NULL DEFAULT 0 CHECK (void IN (0, 1)),
    PRIMARY KEY (study, subject, timepoint, lesion, code),
    FOREIGN KEY (study, subject) REFERENCES subject
) STRICT;

-- What failed and what is odd. The subject is empty when none is known, so it refers to no subject.
CREATE TABLE problem (
    study TEXT NOT NULL REFERENCES study,
    kind TEXT NOT NULL CHECK (kind IN ('failure', 'problem')),
    subject TEXT NOT NULL,
    visit TEXT NOT NULL,
    code TEXT NOT NULL,
    file TEXT NOT NULL,
    position TEXT NOT NULL,
    message TEXT NOT NULL,
    severity TEXT NOT NULL,
    advice TEXT NOT NULL,
    row_hash TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    void INTEGER NOT NULL DEFAULT 0 CHECK (void IN (0, 1)),
    PRIMARY KEY (study, kind, subject, visit, code, file, position, message)
) STRICT;

-- One row for each load that changed anything: the program, settings and inputs its rows come from.
CREATE TABLE load_run (
    run_id INTEGER PRIMARY KEY,
    at_utc TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    study TEXT NOT NULL REFERENCES study DEFERRABLE INITIALLY DEFERRED,
    record TEXT NOT NULL CHECK (json_valid(record)),
    record_hash TEXT NOT NULL,
    inserted INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    voided INTEGER NOT NULL
) STRICT;

-- Holds one row while a load is under way and none otherwise. Only then can rows be changed: a row changed by hand would no
-- longer say what its hash says. The audit tells by it which load wrote a row.
CREATE TABLE load_under_way (
    run_id INTEGER PRIMARY KEY REFERENCES load_run
) STRICT;

-- Every row that was ever inserted (I), updated (U) or marked void (V); the triggers that fill it are made from the columns of
-- each table. run_id is NULL for a row that was
-- inserted outside of a load.
CREATE TABLE audit (
    audit_id INTEGER PRIMARY KEY,
    at_utc TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    run_id INTEGER REFERENCES load_run,
    table_name TEXT NOT NULL,
    row_key TEXT NOT NULL CHECK (json_valid(row_key)),
    op TEXT NOT NULL CHECK (op IN ('I', 'U', 'V')),
    old TEXT CHECK (json_valid(old)),
    new TEXT NOT NULL CHECK (json_valid(new))
) STRICT;

-- A replacing insert deletes without firing delete triggers, so it is stopped before it starts.
CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE audit_id = NEW.audit_id)
BEGIN SELECT RAISE(ABORT, 'audit rows cannot be changed'); END;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'audit rows cannot be changed'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'audit rows cannot be deleted'); END;
CREATE TRIGGER load_run_no_replace BEFORE INSERT ON load_run
WHEN EXISTS (SELECT 1 FROM load_run WHERE run_id = NEW.run_id)
BEGIN SELECT RAISE(ABORT, 'load_run rows cannot be changed'); END;
CREATE TRIGGER load_run_no_update BEFORE UPDATE ON load_run
BEGIN SELECT RAISE(ABORT, 'load_run rows cannot be changed'); END;
CREATE TRIGGER load_run_no_delete BEFORE DELETE ON load_run
BEGIN SELECT RAISE(ABORT, 'load_run rows cannot be deleted'); END;

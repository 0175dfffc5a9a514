//! DICOM RLE (PS3.5 annex G) for frames of 16-bit pixels.

/// One frame as an RLE fragment: a header of 64 bytes, then the high bytes and the low bytes, each packed row by row.
pub fn fragment(pixels: &[u16], columns: usize) -> Vec<u8> {
    let planes = [8, 0].map(|shift| {
        let mut packed = Vec::new();
        for row in pixels.chunks(columns) {
            let bytes: Vec<u8> = row.iter().map(|pixel| (pixel >> shift) as u8).collect();
            pack_row(&bytes, &mut packed);
        }
        packed.resize(packed.len().next_multiple_of(2), 0);
        packed
    });
    let header_length = 64;
    let offsets = [2, header_length, header_length + planes[0].len() as u32];
    let mut out: Vec<u8> = offsets.iter().flat_map(|n| n.to_le_bytes()).collect();
    out.resize(header_length as usize, 0);
    planes.iter().for_each(|plane| out.extend(plane));
    out
}

/// PackBits: a run of n equal bytes is `257 - n, byte`, a stretch of n others `n - 1, bytes...`; n at most 128.
fn pack_row(row: &[u8], out: &mut Vec<u8>) {
    let run_at = |start: usize| {
        let same = row[start..].iter().take_while(|b| **b == row[start]);
        same.count().min(128)
    };
    let mut start = 0;
    while start < row.len() {
        let run = run_at(start);
        if run >= 2 {
            out.extend([(257 - run) as u8, row[start]]);
            start += run;
            continue;
        }
        let mut end = start + 1;
        // Two equal bytes between others are cheaper left where they are.
        while end < row.len() && end - start < 128 && run_at(end) < 3 {
            end += 1;
        }
        out.push((end - start - 1) as u8);
        out.extend(&row[start..end]);
        start = end;
    }
}

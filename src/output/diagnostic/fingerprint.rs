//! Names for findings that stay when lines move: made of the rule, the query and the panel.

use std::collections::HashMap;

use super::report::{Excerpted, Finding, Source};

/// Returns for each finding of a file sixteen hexadecimal digits and a number that counts equal ones from 1.
pub(super) fn fingerprints(source: &Source) -> Vec<String> {
    let mut seen: HashMap<u64, usize> = HashMap::new();
    let name = |finding| {
        let hash = hash(finding);
        let count = seen.entry(hash).or_default();
        *count += 1;
        format!("{hash:016x}:{count}")
    };
    source.findings.iter().map(name).collect()
}

/// Returns a number of a text that is the same in every run and on every machine.
pub(super) fn hash_of(text: &str) -> u64 {
    let mut hash = Fnv::default();
    hash.add(text);
    hash.0
}

fn hash(finding: &Finding) -> u64 {
    let mut hash = Fnv::default();
    hash.add(finding.diagnostic.code.row().name);
    if finding.kind == Excerpted::Query {
        // Blanks are layout.
        finding.excerpt.split_whitespace().for_each(|word| hash.add(word));
    }
    let marked = finding.excerpt.get(finding.diagnostic.primary.span.range());
    hash.add(marked.unwrap_or_default());
    if let Some(holder) = &finding.holder {
        let parts = [&holder.title, &holder.id, &holder.ref_id];
        parts.into_iter().for_each(|part| hash.add(part.as_deref().unwrap_or_default()));
    }
    hash.0
}

/// The hash of Fowler, Noll and Vo (FNV-1a, 64 bits).
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    /// Takes a text, and its end.
    fn add(&mut self, text: &str) {
        for byte in text.bytes().chain([0xff]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
}

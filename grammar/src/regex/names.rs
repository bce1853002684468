//! The names that Go takes in `\p{…}`, and what they are called in Rust.
//!
//! Go takes exact spellings only, and no property but the general category and the script. The scripts are those of
//! Unicode 15, which Go has; newer ones are known to Rust only.

/// Returns the body of the Rust class for a name in `\p{name}`, `None` if Go has no such name.
///
/// The body stands between brackets: `\p{Greek}` becomes `[\p{sc=Greek}]`. It is empty where the class holds nothing
/// that can occur in text.
pub(super) fn class_body(name: &str) -> Option<String> {
    match name {
        "Any" => Some(r"\x{0}-\x{10FFFF}".to_owned()),
        // In Go, unassigned characters are in no category; Rust counts them to C.
        "C" => Some(r"\p{gc=Cc}\p{gc=Cf}\p{gc=Co}".to_owned()),
        // Surrogates cannot occur in text.
        "Cs" => Some(String::new()),
        _ if CATEGORIES.contains(&name) => Some(format!(r"\p{{gc={name}}}")),
        _ if SCRIPTS.split_ascii_whitespace().any(|script| script == name) => Some(format!(r"\p{{sc={name}}}")),
        _ => None,
    }
}

const CATEGORIES: [&str; 34] = [
    "Cc", "Cf", "Co", "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn", "N", "Nd", "Nl", "No", "P", "Pc", "Pd",
    "Pe", "Pf", "Pi", "Po", "Ps", "S", "Sc", "Sk", "Sm", "So", "Z", "Zl", "Zp", "Zs",
];

/// Words apart.
const SCRIPTS: &str = "\
    Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki \
    Bopomofo Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee \
    Chorasmian Common Coptic Cuneiform Cypriot Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru Dogra Duployan \
    Egyptian_Hieroglyphs Elbasan Elymaic Ethiopic Georgian Glagolitic Gothic Grantha Greek Gujarati Gunjala_Gondi \
    Gurmukhi Han Hangul Hanifi_Rohingya Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic Inherited \
    Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kawi Kayah_Li Kharoshthi \
    Khitan_Small_Script Khmer Khojki Khudawadi Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian Mahajani \
    Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi Medefaidrin Meetei_Mayek Mende_Kikakui \
    Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar Nabataean Nag_Mundari Nandinagari \
    New_Tai_Lue Newa Nko Nushu Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Old_Hungarian Old_Italic Old_North_Arabian \
    Old_Permic Old_Persian Old_Sogdian Old_South_Arabian Old_Turkic Old_Uyghur Oriya Osage Osmanya Pahawh_Hmong \
    Palmyrene Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan Saurashtra Sharada Shavian \
    Siddham SignWriting Sinhala Sogdian Sora_Sompeng Soyombo Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le \
    Tai_Tham Tai_Viet Takri Tamil Tangsa Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta Toto Ugaritic Vai \
    Vithkuqi Wancho Warang_Citi Yezidi Yi Zanabazar_Square";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_known_to_rust() {
        for name in CATEGORIES.into_iter().chain(SCRIPTS.split_ascii_whitespace()).chain(["Any", "C"]) {
            let body = class_body(name).expect("a name of the table");
            let class = if body.is_empty() { "[a&&b]".to_owned() } else { format!("[{body}]") };
            regex_syntax::parse(&class).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
}

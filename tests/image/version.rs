//! The version resource, as pelite reads it.

use crate::each;
use pelite::pe64::{Pe as _, PeFile};
use xtask::image::Image;

const ENGLISH_UNICODE: pelite::resources::version_info::Language =
    pelite::resources::version_info::Language { lang_id: 0x0409, charset_id: 1200 };

const VFT_DRV: u32 = 3;
const VFT2_DRV_SYSTEM: u32 = 7;

fn name_of(image: &Image) -> &str {
    image.path().file_stem().and_then(|name| name.to_str()).expect("a file name")
}

#[test]
fn it_says_what_the_file_is() {
    each(|image| {
        // pelite wants its bytes aligned, as they are in memory.
        let file = PeFile::from_bytes(image.bytes()).expect("a PE");
        let version = file.resources().expect("resources").version_info().expect("a version");
        let fixed = version.fixed().expect("a fixed part");
        let number =
            |version: pelite::image::VS_VERSION| format!("{}.{}.{}", version.Major, version.Minor, version.Patch);
        assert_eq!(number(fixed.dwFileVersion), env!("CARGO_PKG_VERSION"));
        assert_eq!(number(fixed.dwProductVersion), env!("CARGO_PKG_VERSION"));
        assert_eq!((fixed.dwFileType, fixed.dwFileSubtype), (VFT_DRV, VFT2_DRV_SYSTEM));
        assert_eq!(version.translation(), [ENGLISH_UNICODE]);
        let text = |name| version.value(ENGLISH_UNICODE, name);
        assert_eq!(text("OriginalFilename"), Some(format!("{}.sys", name_of(image))));
        assert_eq!(text("FileVersion").as_deref(), Some(env!("CARGO_PKG_VERSION")));
        assert_eq!(text("ProductVersion").as_deref(), Some(env!("CARGO_PKG_VERSION")));
        assert_eq!(text("LegalCopyright").as_deref(), Some(env!("CARGO_PKG_LICENSE")));
        assert!(text("FileDescription").is_some_and(|description| !description.is_empty()));
    });
}

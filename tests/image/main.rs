//! What the release `.sys` is: read from the files that Windows would load, fileguard's and the example's.
//!
//! With FILEGUARD_IMAGES in the environment, the fileguard.sys in that folder is looked at instead, which was built otherwise:
//! `cargo xtask wdk-check` has one with the feature `wdk`.

mod guard;
mod headers;
mod imports;
mod pool;
mod reproducible;
mod sections;
mod stack;
mod version;

use std::sync::LazyLock;
use xtask::driver::{self, Architecture};
use xtask::image::Image;

/// Which images the tests look at.
static IMAGES: LazyLock<Vec<Image>> = LazyLock::new(|| {
    let mut drivers = vec![("fileguard", Architecture::X64)];
    if !are_built_otherwise() {
        drivers.extend([("fileguard", Architecture::Arm64), ("keep", Architecture::X64)]);
    }
    let image = |(package, architecture)| {
        let (path, _) = driver::build_package(package, architecture).expect("the driver builds");
        Image::read(path).expect("a driver's image")
    };
    drivers.into_iter().map(image).collect()
});

/// Whether the images are not built here.
fn are_built_otherwise() -> bool {
    std::env::var_os(driver::IMAGES).is_some()
}

/// Does something with every image; what fails says with which one.
fn each(mut look: impl FnMut(&Image)) {
    for image in &*IMAGES {
        println!("{}", image.path().display());
        look(image);
    }
}

/// As [`each`], for those that are for x64: what fltsim runs, and whose instructions are followed.
fn each_x64(mut look: impl FnMut(&Image)) {
    each(|image| {
        if image.architecture().expect("a known processor") == Architecture::X64 {
            look(image);
        }
    });
}

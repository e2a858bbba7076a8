//! What one search costs at 10, 1,000 and 100,000 rules. The names are those of ordinary files, which no rule is about,
//! and of one file that the last rule is about.

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use fileguard_policy::compile::{Options, compile};
use fileguard_policy::{Operation, Policy};

/// Rules of three kinds in equal parts: directories, names of files anywhere, and extensions.
fn rules(count: usize) -> String {
    let mut source = String::new();
    for number in 0..count {
        let path = match number % 3 {
            0 => format!("/data/project-{number:05}/**"),
            1 => format!("evil-{number:05}.exe"),
            _ => format!("*.x{number:05}"),
        };
        write!(source, "[[rule]]\npath = '{path}'\noperation = 'write'\naction = 'observe'\n\n").unwrap();
    }
    source
}

fn search(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("policy search");
    for count in [10, 1_000, 100_000] {
        let source = rules(count);
        let compiled = compile(&source, &Options::default()).expect("the rules are right");
        println!("{count} rules: {:?}, {} KiB", compiled.statistics, compiled.blob.len() >> 10);
        let policy = Policy::parse(compiled.blob).expect("the compiler's blob is right");
        let last = (0..count).rev().find(|number| number % 3 == 0).unwrap_or(0);
        for (kind, name) in [
            ("no rule", r"\Device\HarddiskVolume2\Users\somebody\Documents\report 2026.docx".to_owned()),
            ("last rule", format!(r"\Device\HarddiskVolume2\data\project-{last:05}\source\main.rs")),
        ] {
            let units: Vec<u16> = name.encode_utf16().collect();
            group.bench_with_input(BenchmarkId::new(kind, count), &units, |bencher, units| {
                bencher.iter(|| {
                    let path = policy.match_path(black_box(units).iter().copied(), |unit| unit);
                    policy.decide(&path, Operation::Write, |_| ()).map(|rule| rule.index)
                });
            });
        }
    }
    group.finish();
}

fn compiling(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("policy compile and load");
    group.sample_size(10);
    let source = rules(100_000);
    group.bench_function("compile 100000", |bencher| {
        bencher.iter(|| compile(black_box(&source), &Options::default()).expect("the rules are right").blob.len());
    });
    let blob = compile(&source, &Options::default()).expect("the rules are right").blob;
    group.bench_function("load 100000", |bencher| {
        bencher.iter(|| Policy::parse(black_box(blob.as_slice())).expect("the blob is right").operations());
    });
    group.finish();
}

criterion_group!(benches, search, compiling);
criterion_main!(benches);

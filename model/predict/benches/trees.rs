//! How fast trees predict and explain: `cargo bench -p tenure-predict`. Throughput counts rows.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tenure_predict::{TreeEnsemble, TreeNode};

const FEATURES: usize = 60;
const ROWS: usize = 4096;
const TREES: usize = 300;

/// A small generator of our own: benches need no better one.
struct Noise(u64);

impl Noise {
    fn unit(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1_u64 << 24) as f32
    }
}

/// A complete tree, laid out level by level.
fn tree(noise: &mut Noise, depth: u32) -> Vec<TreeNode> {
    let splits = (1_usize << depth) - 1;
    let split = |at: usize, noise: &mut Noise| TreeNode::Split {
        feature: (noise.unit() * FEATURES as f32) as usize,
        threshold: noise.unit(),
        missing_left: noise.unit() < 0.5,
        left: 2 * at + 1,
        right: 2 * at + 2,
        cover: 1.0,
        gain: 1.0,
    };
    let leaf = |noise: &mut Noise| TreeNode::Leaf { value: noise.unit() - 0.5, cover: 1.0 + noise.unit() };
    (0..=2 * splits).map(|at| if at < splits { split(at, noise) } else { leaf(noise) }).collect()
}

fn trees(c: &mut Criterion) {
    let mut noise = Noise(7);
    let rows: Vec<f32> =
        (0..ROWS * FEATURES).map(|_| if noise.unit() < 0.1 { f32::NAN } else { noise.unit() }).collect();
    let mut group = c.benchmark_group("trees_300");
    group.sample_size(10).measurement_time(Duration::from_secs(2)).warm_up_time(Duration::from_secs(1));
    for depth in [4, 6] {
        let trees: Vec<_> = (0..TREES).map(|_| tree(&mut noise, depth)).collect();
        let Ok(ensemble) = TreeEnsemble::new(FEATURES, 0.0, &trees) else { continue };
        let mut margins = vec![0.0; ROWS];
        group.throughput(Throughput::Elements(ROWS as u64));
        group.bench_function(BenchmarkId::new("margins", depth), |b| {
            b.iter(|| ensemble.margins(black_box(&rows), black_box(&mut margins)));
        });
        if depth > 4 {
            continue;
        }
        let mut contributions = vec![0.0; ROWS * FEATURES];
        group.bench_function(BenchmarkId::new("contributions", depth), |b| {
            b.iter(|| black_box(ensemble.contributions_of_rows(black_box(&rows), &mut contributions)));
        });
    }
    group.finish();
}

criterion_group!(benches, trees);
criterion_main!(benches);

//! Trees against a plain walk, Shapley values against their definition, and files that lie.

use proptest::prelude::*;

use super::{MAX_DEPTH, TreeEnsemble, TreeNode};

fn leaf(value: f32, cover: f32) -> TreeNode {
    TreeNode::Leaf { value, cover }
}

fn split(feature: usize, threshold: f32, left: usize, right: usize) -> TreeNode {
    TreeNode::Split {
        feature,
        threshold,
        missing_left: feature.is_multiple_of(2),
        left,
        right,
        cover: 1.0,
        gain: 0.5,
    }
}

/// The leaf that a row reaches, as the rule is told: no layout, no blocks.
fn walk(nodes: &[TreeNode], row: &[f32]) -> f64 {
    let mut at = 0;
    loop {
        match nodes[at] {
            TreeNode::Leaf { value, .. } => return f64::from(value),
            TreeNode::Split { feature, threshold, missing_left, left, right, .. } => {
                let value = row.get(feature).copied().unwrap_or(f32::NAN);
                let goes_left = if value.is_nan() { missing_left } else { value < threshold };
                at = if goes_left { left } else { right };
            }
        }
    }
}

/// What a tree says when only the features of a set are known: the mean over both ways elsewhere.
fn known(nodes: &[TreeNode], row: &[f32], set: u32, at: usize) -> f64 {
    match nodes[at] {
        TreeNode::Leaf { value, .. } => f64::from(value),
        TreeNode::Split { feature, threshold, missing_left, left, right, .. } => {
            let value = row[feature];
            if set & (1 << feature) != 0 {
                let goes_left = if value.is_nan() { missing_left } else { value < threshold };
                return known(nodes, row, set, if goes_left { left } else { right });
            }
            let cover = |node: usize| match nodes[node] {
                TreeNode::Leaf { cover, .. } | TreeNode::Split { cover, .. } => f64::from(cover),
            };
            let (a, b) = (cover(left), cover(right));
            (a * known(nodes, row, set, left) + b * known(nodes, row, set, right)) / (a + b)
        }
    }
}

/// The Shapley value of a feature, straight from the definition over all subsets.
fn shapley(nodes: &[TreeNode], row: &[f32], feature: usize) -> f64 {
    let factorial = |n: u32| (1..=u64::from(n)).product::<u64>() as f64;
    let all = row.len() as u32;
    (0_u32..1 << all)
        .filter(|set| set & (1 << feature) == 0)
        .map(|set| {
            let size = set.count_ones();
            let weight = factorial(size) * factorial(all - size - 1) / factorial(all);
            weight * (known(nodes, row, set | (1 << feature), 0) - known(nodes, row, set, 0))
        })
        .sum()
}

const FEATURES: usize = 4;

/// Trees of any shape up to a depth: a seed for each node decides.
fn tree(depth: u32) -> impl Strategy<Value = Vec<TreeNode>> {
    let node = (0..FEATURES, -2_i8..3, any::<bool>(), -8_i8..9, 1_u8..20, 0_u8..10);
    prop::collection::vec(node, (1_usize << (depth + 1)) - 1).prop_map(move |seeds| {
        let mut nodes = Vec::new();
        grow(&seeds, 0, depth, &mut nodes);
        nodes
    })
}

type Seed = (usize, i8, bool, i8, u8, u8);

fn grow(seeds: &[Seed], heap: usize, levels: u32, nodes: &mut Vec<TreeNode>) -> usize {
    let (feature, threshold, missing_left, value, cover, stop) = seeds[heap];
    let (at, cover) = (nodes.len(), f32::from(cover));
    nodes.push(leaf(f32::from(value) / 4.0, cover));
    if levels > 0 && stop > 1 {
        let left = grow(seeds, 2 * heap + 1, levels - 1, nodes);
        let right = grow(seeds, 2 * heap + 2, levels - 1, nodes);
        let threshold = f32::from(threshold);
        nodes[at] = TreeNode::Split { feature, threshold, missing_left, left, right, cover, gain: 1.0 };
    }
    at
}

fn value() -> impl Strategy<Value = f32> {
    prop_oneof![4 => (-3_i8..4).prop_map(f32::from), 1 => Just(f32::NAN), 1 => Just(f32::INFINITY)]
}

fn rows() -> impl Strategy<Value = Vec<f32>> {
    (1_usize..80).prop_flat_map(|rows| prop::collection::vec(value(), rows * FEATURES))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn margins_are_a_plain_walk(
        trees in prop::collection::vec((0_u32..10).prop_flat_map(tree), 0..6),
        rows in rows(),
    ) {
        let ensemble = TreeEnsemble::new(FEATURES, 0.25, &trees).unwrap();
        let mut margins = vec![0.0; rows.len() / FEATURES];
        ensemble.margins(&rows, &mut margins);
        for (row, margin) in rows.chunks(FEATURES).zip(&margins) {
            let expected = trees.iter().fold(0.25, |sum, tree| sum + walk(tree, row));
            prop_assert_eq!(*margin, expected);
            prop_assert_eq!(ensemble.margin(row), expected);
        }
    }

    #[test]
    fn contributions_are_shapley_values_and_add_up(
        trees in prop::collection::vec((0_u32..6).prop_flat_map(tree), 1..4),
        row in prop::collection::vec(value(), FEATURES),
    ) {
        let ensemble = TreeEnsemble::new(FEATURES, -0.5, &trees).unwrap();
        let mut contributions = [f64::NAN; FEATURES];
        let bias = ensemble.contributions(&row, &mut contributions);
        for (feature, found) in contributions.iter().enumerate() {
            let expected: f64 = trees.iter().map(|tree| shapley(tree, &row, feature)).sum();
            prop_assert!((found - expected).abs() < 1e-9, "{feature}: {found} is not {expected}");
        }
        let mut slowly = [0.0; FEATURES];
        super::shap::add(&ensemble.stored, &row, &mut slowly);
        for (fast, slow) in contributions.iter().zip(&slowly) {
            prop_assert!((fast - slow).abs() < 1e-12, "{fast} is not {slow}");
        }
        let total = bias + contributions.iter().sum::<f64>();
        prop_assert!((total - ensemble.margin(&row)).abs() < 1e-9);
    }

    #[test]
    fn many_rows_are_explained_as_each_alone(
        trees in prop::collection::vec((0_u32..8).prop_flat_map(tree), 0..4),
        rows in rows(),
    ) {
        let ensemble = TreeEnsemble::new(FEATURES, 0.0, &trees).unwrap();
        let mut together = vec![f64::NAN; rows.len()];
        ensemble.contributions_of_rows(&rows, &mut together);
        let mut alone = [0.0; FEATURES];
        for (row, together) in rows.chunks(FEATURES).zip(together.chunks(FEATURES)) {
            ensemble.contributions(row, &mut alone);
            prop_assert_eq!(&alone, together);
        }
    }

    #[test]
    fn a_file_gives_the_same_ensemble(trees in prop::collection::vec((0_u32..6).prop_flat_map(tree), 0..4)) {
        let ensemble = TreeEnsemble::new(FEATURES, 1.5, &trees).unwrap();
        let text = serde_json::to_string(&ensemble).unwrap();
        prop_assert_eq!(serde_json::from_str::<TreeEnsemble>(&text).unwrap(), ensemble);
    }

    /// Whatever numbers a file holds, it is refused or it predicts.
    #[test]
    fn a_spoilt_file_never_panics(
        tree in tree(4),
        node in 0_usize..31,
        spoil in prop_oneof![Just("feature"), Just("right"), Just("sizes"), Just("value")],
        number in prop_oneof![0_u32..40, Just(65535)],
    ) {
        let ensemble = TreeEnsemble::new(FEATURES, 0.0, &[tree]).unwrap();
        let mut file = serde_json::to_value(&ensemble).unwrap();
        let column = file[spoil].as_array_mut().unwrap();
        let node = node % column.len();
        column[node] = number.into();
        if let Ok(ensemble) = serde_json::from_value::<TreeEnsemble>(file) {
            prop_assert!(ensemble.margin(&[0.0; FEATURES]).is_finite());
            prop_assert!(ensemble.contributions(&[0.0; FEATURES], &mut [0.0; FEATURES]).is_finite());
        }
    }
}

#[track_caller]
fn refused(trees: &[Vec<TreeNode>], because: &str) {
    let error = TreeEnsemble::new(2, 0.0, trees).unwrap_err().to_string();
    assert!(error.contains(because), "{error}");
}

#[test]
fn trees_that_lead_nowhere_are_refused() {
    let fine = || vec![split(0, 1.0, 1, 2), leaf(1.0, 1.0), leaf(2.0, 1.0)];
    assert!(TreeEnsemble::new(2, 0.0, &[fine()]).is_ok());
    refused(&[vec![]], "no node");
    refused(&[vec![split(0, 1.0, 0, 0)]], "twice");
    refused(&[fine(), vec![split(0, 1.0, 1, 1), leaf(1.0, 1.0)]], "tree 1");
    refused(&[vec![split(0, 1.0, 1, 3), leaf(1.0, 1.0), leaf(2.0, 1.0)]], "out of range");
    refused(&[vec![split(2, 1.0, 1, 2), leaf(1.0, 1.0), leaf(2.0, 1.0)]], "a feature is out of range");
    refused(&[vec![leaf(1.0, 1.0), leaf(2.0, 1.0)]], "from nowhere");
    refused(&[vec![leaf(f32::NAN, 1.0)]], "finite");
    refused(&[vec![leaf(1.0, 0.0)]], "not above 0");
    refused(&[vec![split(0, f32::INFINITY, 1, 2), leaf(1.0, 1.0), leaf(2.0, 1.0)]], "finite");
}

#[test]
fn a_chain_may_be_as_deep_as_said_and_no_deeper() {
    let chain = |levels: usize| {
        let mut nodes: Vec<_> =
            (0..levels).map(|level| split(0, level as f32, levels + 1 + level, level + 1)).collect();
        nodes.extend((0..=levels).map(|level| leaf(level as f32, 1.0)));
        nodes
    };
    let deep = TreeEnsemble::new(1, 0.0, &[chain(MAX_DEPTH)]).unwrap();
    assert_eq!(deep.margin(&[-1.0]), 1.0);
    assert_eq!(deep.margin(&[100.0]), 0.0);
    let mut contribution = [0.0];
    let bias = deep.contributions(&[3.5], &mut contribution);
    assert!((bias + contribution[0] - deep.margin(&[3.5])).abs() < 1e-9);
    assert!(TreeEnsemble::new(1, 0.0, &[chain(MAX_DEPTH + 1)]).unwrap_err().to_string().contains("deep"));
    // The same chain as a file says it, without the way over nodes.
    let mut file = serde_json::to_value(&deep).unwrap();
    file["base"] = serde_json::Value::Null;
    assert!(serde_json::from_value::<TreeEnsemble>(file).is_err());
}

#[test]
fn importance_is_the_mean_size_of_contributions() {
    let stump = vec![split(1, 0.0, 1, 2), leaf(-1.0, 1.0), leaf(3.0, 1.0)];
    let ensemble = TreeEnsemble::new(2, 0.0, &[stump]).unwrap();
    assert_eq!(ensemble.gains(), [0.0, 0.5]);
    assert_eq!(ensemble.importance(&[9.0, -1.0, 9.0, 1.0]), [0.0, 2.0]);
    assert_eq!(ensemble.importance(&[]), [0.0, 0.0]);
}

#[test]
fn more_features_than_a_pass_has_slots_are_read_right() {
    let features = 700;
    let stump = |feature: usize| vec![split(feature, 0.5, 1, 2), leaf(0.0, 1.0), leaf(feature as f32, 1.0)];
    let trees: Vec<_> = (0..features).map(stump).collect();
    let ensemble = TreeEnsemble::new(features, 0.0, &trees).unwrap();
    let row: Vec<f32> = (0..features).map(|at| if at % 3 == 0 { 1.0 } else { 0.0 }).collect();
    // The last row is cut off: odd features, if missing, go right. It is the first of a block, then within one.
    let mut margins = vec![0.0; 33];
    ensemble.margins(&[row.repeat(32).as_slice(), &row[..300]].concat(), &mut margins);
    let on: usize = (0..features).filter(|at| at % 3 == 0).sum();
    let cut: usize = (0..features).filter(|at| if *at < 300 { at % 3 == 0 } else { at % 2 == 1 }).sum();
    assert_eq!(margins[30..], [on as f64, on as f64, cut as f64]);
    ensemble.margins(&[row.repeat(31).as_slice(), &row[..300]].concat(), &mut margins[..32]);
    assert_eq!(margins[30..], [on as f64, cut as f64, cut as f64]);
}

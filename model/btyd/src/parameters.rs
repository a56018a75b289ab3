//! Checks of parameters, wherever they come from: a caller, a fit or a file.

use crate::BtydError;

/// All finite and above zero, or which is not.
pub(crate) fn check<const N: usize>(
    model: &'static str,
    names: [&'static str; N],
    values: [f64; N],
) -> Result<[f64; N], BtydError> {
    for (name, value) in names.into_iter().zip(values) {
        if !value.is_finite() || value <= 0.0 {
            return Err(BtydError::InvalidParameter { model, name, value });
        }
    }
    Ok(values)
}

/// Files hold a model as its parameters; reading them goes through the same check as a caller's.
macro_rules! serde_as_array {
    ($model:ident, $count:literal, [$($name:ident),+]) => {
        impl TryFrom<[f64; $count]> for $model {
            type Error = BtydError;
            fn try_from([$($name),+]: [f64; $count]) -> Result<Self, BtydError> {
                Self::new($($name),+)
            }
        }

        impl From<$model> for [f64; $count] {
            fn from(model: $model) -> Self {
                model.parameters
            }
        }
    };
}
pub(crate) use serde_as_array;

//! Purchase models with covariates.

use linfa::DatasetBase;
use linfa::traits::Fit;
use tenure_btyd::{
    BgNbd, CovariateData, Effect, LikelihoodRatio, MbgNbd, ParetoNbd, PurchaseModel, WithCovariates,
};

use super::check_estimates;
use crate::support::{coefficients, with_covariates};

macro_rules! recovers {
    ($name:ident, $model:ty, $base:expr) => {
        #[test]
        fn $name() {
            let base: $model = $base.unwrap();
            let truth = WithCovariates::new(base, coefficients()).unwrap();
            let customers = with_covariates(&truth, 8_000);
            let data =
                DatasetBase::new(CovariateData::new(["Gender", "Channel"], customers.clone()).unwrap(), ());
            let fitted = WithCovariates::<$model>::params().fit(&data).unwrap();
            let [gender, channel] = [&coefficients()[0], &coefficients()[1]];
            let mut expected = base.parameters().to_vec();
            expected.extend([gender.lifetime, channel.lifetime, gender.transaction, channel.transaction]);
            check_estimates(&fitted.report, &expected, 0.5);
            // Without what there is, the fit is worse.
            for effect in [Effect::Transaction, Effect::Lifetime, Effect::Equal] {
                let nested = WithCovariates::<$model>::params().effect("Gender", effect).fit(&data).unwrap();
                let test = LikelihoodRatio::of(&nested.report, &fitted.report).unwrap();
                assert!(test.degrees == 1 && test.p_value < 1e-6, "{effect:?}: {}", test.p_value);
                let found = &nested.model.coefficients()[0];
                let [transaction, lifetime] = [found.transaction, found.lifetime];
                assert!(match effect {
                    Effect::Transaction => lifetime == 0.0 && transaction != 0.0,
                    Effect::Lifetime => transaction == 0.0 && lifetime != 0.0,
                    _ => transaction == lifetime,
                });
            }
            // Nor is a customer better explained by the values of another.
            let sum = |shifted: usize| -> f64 {
                let values = customers.iter().cycle().skip(shifted).map(|(_, values)| values);
                let pairs = customers.iter().zip(values);
                pairs.map(|((seen, _), values)| fitted.model.at(values).unwrap().log_likelihood(seen)).sum()
            };
            assert!(sum(0) > sum(1) + 100.0, "{} {}", sum(0), sum(1));
        }
    };
}

recovers!(bg_nbd, BgNbd, BgNbd::new(1.2, 20.0, 0.5, 2.5));
recovers!(mbg_nbd, MbgNbd, MbgNbd::new(1.2, 20.0, 0.5, 2.5));
recovers!(pareto_nbd, ParetoNbd, ParetoNbd::new(1.2, 20.0, 0.7, 25.0));

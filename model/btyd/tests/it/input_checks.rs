//! What must be refused, with the value in the message.

use linfa::traits::Fit;
use linfa::{DatasetBase, ParamGuard};
use tenure_btyd::{BgNbd, BtydError, Customer, GammaGamma, ParetoNbd, RfmData, SpendData};

use crate::support::{cdnow_sample, customer, weeks};

#[test]
fn customers_that_cannot_be() {
    let late = Customer::new(1, weeks(5.0), weeks(4.0)).unwrap_err();
    assert!(late.to_string().contains("age 5 weeks"), "{late}");
    let ghost = Customer::new(0, weeks(1.0), weeks(4.0)).unwrap_err();
    assert!(matches!(ghost, BtydError::RecencyWithoutRepeat { recency_age } if recency_age == 1.0));
    let most = Customer::MAX_FREQUENCY;
    for frequency in [most + 1, u32::MAX] {
        let till = Customer::new(frequency, weeks(5.0), weeks(5.0)).unwrap_err();
        assert!(
            matches!(till, BtydError::TooManyPurchases { frequency: seen, most: 1_000_000 } if seen == frequency)
        );
    }
    assert_eq!(Customer::new(most, weeks(5.0), weeks(5.0)).unwrap().frequency(), 1_000_000);
}

#[test]
fn data_that_say_nothing() {
    assert!(matches!(RfmData::new([]), Err(BtydError::TooFewCustomers { got: 0, .. })));
    assert!(matches!(
        RfmData::weighted([(Customer::NEW, 0.0)]),
        Err(BtydError::InvalidWeight { value }) if value == 0.0
    ));
    let once = RfmData::new((0..9).map(|week| customer(0, 0.0, f64::from(week)))).unwrap();
    let refused = BgNbd::params().fit(&DatasetBase::new(once, ())).unwrap_err();
    assert!(matches!(refused, BtydError::NoRepeatPurchase { customers: 9 }), "{refused}");
    // Orders counted one by one, all of them at the very instant of the as-of.
    let at_once = DatasetBase::new(RfmData::new([customer(1, 0.0, 0.0); 12]).unwrap(), ());
    for refused in [BgNbd::params().fit(&at_once).err(), ParetoNbd::params().fit(&at_once).err()] {
        assert!(matches!(refused, Some(BtydError::NoTimePassed { customers: 12 })), "{refused:?}");
    }
}

#[test]
fn settings_and_parameters_out_of_range() {
    assert!(matches!(
        BgNbd::params().penalizer(f64::NAN).check(),
        Err(BtydError::InvalidPenalizer { value }) if value.is_nan()
    ));
    assert!(matches!(BgNbd::params().tolerance(0.0).check(), Err(BtydError::InvalidTolerance { .. })));
    assert!(matches!(BgNbd::params().max_iterations(0).check(), Err(BtydError::NoIterations)));
    let negative = ParetoNbd::new(1.0, -2.0, 1.0, 1.0).unwrap_err();
    assert_eq!(negative.to_string(), "alpha = -2: a parameter of Pareto/NBD must be finite and above 0");
    assert!(matches!(GammaGamma::new(6.0, 0.9, 15.0), Err(BtydError::SpendTailTooHeavy { q }) if q == 0.9));
    assert!(serde_json::from_str::<BgNbd>("[0.2, null, 1, 1]").is_err());
    assert!(serde_json::from_str::<BgNbd>("[0.2, -1, 1, 1]").is_err());
}

#[test]
fn spend_that_is_none() {
    for (orders, mean) in [(1, 0.0), (1, -3.0), (1, f64::NAN), (0, 5.0)] {
        assert!(
            matches!(SpendData::new([(orders, mean)]), Err(BtydError::InvalidSpend { .. })),
            "{orders} {mean}"
        );
    }
}

#[test]
fn a_fit_cut_short_says_what_was_seen_and_what_to_try() {
    let data = DatasetBase::new(cdnow_sample(), ());
    let error = BgNbd::params().max_iterations(1).tolerance(1e-30).fit(&data).unwrap_err();
    let BtydError::NotConverged { report, .. } = &error else { panic!("{error}") };
    assert!(report.gradient_max > 1e-30 && report.customers == 2357.0);
    assert!(error.to_string().contains("Try more iterations"), "{error}");
}

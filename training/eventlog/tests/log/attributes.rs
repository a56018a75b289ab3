//! Everything that a file can say about an event, under the names that shops give it.

use tenure_behaviour::{Fact, Symbol};
use tenure_core::Timestamp;
use tenure_eventlog::log::{Column, Columns};
use tenure_eventlog::{DurationUnit, EventLogError, Field};

use crate::support::Shop;

fn only(shop: &Shop) -> Fact {
    let known = shop.known();
    let facts: Vec<&Fact> = known.values().flatten().collect();
    assert_eq!(facts.len(), 1);
    *facts[0]
}

#[test]
fn usual_names_are_recognised_english_and_chinese() {
    let values = "17,2024-05-30,2024-06-02,session,-12.5,,3,9,3.005,90.5,p1,shoes,amazon,may,mobile,DE,ev1";
    let english = "user_id,ts,received_at,event,total,order_number,qty,stars,discount_amount,session_duration,sku,\
                   product_category,marketplace,utm_campaign,device_type,country_code,message_id";
    let chinese = "用户id,时间,入库时间,行为类型,金额,订单号,数量,评分,优惠金额,停留时长,商品编号,品类,渠道,活动,设备,国家,事件id";
    for header in [english, chinese] {
        let shop = Shop::new();
        shop.append(&shop.write("events.csv", format!("{header}\n{values}\n")));
        let fact = only(&shop);
        assert_eq!(fact.kind, Symbol::of("session"), "{header}");
        assert_eq!(fact.ingested_at.to_string(), "2024-06-02T00:00:00Z");
        assert_eq!((fact.amount, fact.discount), (Some(-1_250), Some(301)), "halves go away from zero");
        assert_eq!((fact.quantity, fact.rating, fact.duration), (Some(3), Some(9), Some(90_500_000)));
        let names = [
            fact.product,
            fact.category,
            fact.channel,
            fact.campaign,
            fact.device,
            fact.country,
            fact.event_id,
        ];
        let expected = ["p1", "shoes", "amazon", "may", "mobile", "DE", "ev1"].map(Symbol::of);
        assert_eq!(names, expected);
        assert!(fact.order_id.is_none());
        let table = shop.log().symbols(Columns::ALL).unwrap();
        for name in ["session", "p1", "shoes", "amazon", "may", "mobile", "DE", "ev1"] {
            assert_eq!(table.name(Symbol::of(name)), Some(name));
        }
        let wanted = ["shoes", "amazon", "DE", "nowhere"].map(Symbol::of).into();
        let columns = Columns::of(&[Column::Category, Column::Country, Column::Quantity]);
        let some = shop.log().symbols_among(columns, &wanted).unwrap();
        assert_eq!(some.names(), ["DE", "shoes"], "amazon stands in another column");
    }
}

#[test]
fn columns_that_no_event_has_are_not_there() {
    let shop = Shop::new();
    shop.append(&shop.write("events.csv", "customer,ts,kind,country,device\n1,2024-05-30,session,DE,\n"));
    assert_eq!(shop.log().columns(), Columns::of(&[Column::Country]));
    // Asking for what is not there is no error.
    assert_eq!(only(&shop).country, Symbol::of("DE"));
}

#[test]
fn an_attribute_that_cannot_be_read_is_left_empty_and_counted() {
    let shop = Shop::new();
    let text = "customer,ts,kind,quantity,rating,duration\n1,2024-05-30,review,many,4.5,-1\n";
    let summary = shop.append(&shop.write("events.csv", text)).sources.remove(0);
    assert_eq!(summary.events, 1);
    let counts: Vec<(Field, u64)> = summary.unreadable.into_iter().collect();
    assert_eq!(counts, [(Field::Quantity, 1), (Field::Rating, 1), (Field::Duration, 1)]);
    let fact = only(&shop);
    assert_eq!((fact.quantity, fact.rating, fact.duration), (None, None, None));
}

#[test]
fn a_time_of_ingestion_that_cannot_be_read_rejects_the_row() {
    let shop = Shop::new();
    let text = "customer,ts,kind,ingested_at\n1,2024-05-30,review,soon\n1,2024-05-30,review,2031-01-01\n";
    let summary = shop.append(&shop.write("events.csv", text)).sources.remove(0);
    assert_eq!((summary.events, summary.rejected()), (0, 2));
}

#[test]
fn durations_are_counted_in_what_the_caller_says() {
    for (unit, us) in [("s", 2_500_000), ("ms", 2_500), ("us", 3), ("m", 150_000_000)] {
        let mut shop = Shop::new();
        shop.options.duration_unit = unit.parse::<DurationUnit>().unwrap();
        shop.append(&shop.write("events.csv", "customer,ts,kind,duration\n1,2024-05-30,session,2.5\n"));
        assert_eq!(only(&shop).duration, Some(us), "{unit}");
    }
}

#[test]
fn one_kind_for_a_whole_file_needs_no_amount() {
    let mut shop = Shop::new();
    shop.options.kind = Some("email_open".parse().unwrap());
    shop.append(&shop.write("opens.csv", "customer,ts,status\n1,2024-05-30,refunded\n"));
    let fact = only(&shop);
    assert_eq!((fact.kind, fact.amount), (Symbol::of("email_open"), None));
    shop.options.columns = "kind=status".parse().unwrap();
    let error = shop.try_append(&shop.path("opens.csv")).unwrap_err();
    assert!(matches!(error, EventLogError::KindTwice { .. }), "{error}");
}

#[test]
fn own_words_are_renamed_and_a_mapped_column_holds_kinds() {
    let mut shop = Shop::new();
    shop.options.columns = "kind=what".parse().unwrap();
    shop.options.kind_map = "page_view=product_view,Buy=order".parse().unwrap();
    let text = "customer,ts,what,value\n1,2024-05-30,page_view,\n1,2024-05-31,BUY,5\n1,2024-06-01,wish,\n";
    let summary = shop.append(&shop.write("events.csv", text));
    assert_eq!(summary.kinds.keys().collect::<Vec<_>>(), ["order", "product_view", "wish"]);
    assert_eq!(summary.kinds["order"].first, Timestamp::from_microseconds(1_717_113_600_000_000).unwrap());
}

#[test]
fn strict_lists_unknown_kinds_with_the_nearest_name_and_changes_nothing() {
    let mut shop = Shop::new();
    shop.options.strict_kinds = true;
    let text = "customer,ts,kind,value\n1,2024-05-30,produkt_view,\n1,2024-05-31,order,5\n1,2024-06-01,xyz,\n2,2024-06-01,xyz,\n";
    let error = shop.try_append(&shop.write("events.csv", text)).unwrap_err();
    let message = error.to_string();
    for part in
        ["\"produkt_view\" (1 events, did you mean product_view?)", "\"xyz\" (2 events)", "--kind-map"]
    {
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(shop.log().runs(), 0);
    shop.options.kind_map = "produkt_view=product_view,xyz=session".parse().unwrap();
    shop.append(&shop.path("events.csv"));
    assert_eq!(shop.log().events(), 4);
}

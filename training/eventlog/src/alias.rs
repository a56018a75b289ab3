//! Column names that need no map, best first.
//!
//! Names are compared folded (see [`fold`]): lower case, letters and digits only. Where several columns of a
//! file are known, the one earlier in the list is taken and the others are reported.

use crate::Field;
use crate::suggest::fold;

const CUSTOMER_ID: &[&str] = &[
    "customerid",
    "customer",
    "customernumber",
    "customerno",
    "customercode",
    "customerkey",
    "clientid",
    "client",
    "custid",
    "buyerid",
    "shopperid",
    "memberid",
    "userid",
    "user",
    "buyer",
    "consumerid",
    "accountid",
    "contactid",
    "personid",
    "visitorid",
    "cid",
    "uid",
    "customeremail",
    "buyeremail",
    "useremail",
    "clientemail",
    "email",
    "emailaddress",
    "customeremailaddress",
    "buyeremailaddress",
    "客户编号",
    "客户id",
    "客户",
    "会员编号",
    "会员id",
    "用户id",
    "买家id",
    "买家账号",
    "买家邮箱",
    "买家",
    "id",
];

const OCCURRED_AT: &[&str] = &[
    "occurredat",
    "orderedat",
    "orderdate",
    "orderdatetime",
    "ordertimestamp",
    "ordertime",
    "orderts",
    "orderpurchasetimestamp",
    "purchasedate",
    "purchasedat",
    "purchasetime",
    "purchasedatetime",
    "transactiondate",
    "transactiondatetime",
    "transactiontime",
    "invoicedate",
    "saledate",
    "salesdate",
    "eventtimestamp",
    "eventtime",
    "eventdate",
    "createdat",
    "datecreated",
    "created",
    "createddate",
    "datetime",
    "timestamp",
    "ts",
    "date",
    "time",
    "processedat",
    "paidat",
    "下单时间",
    "下单日期",
    "订单时间",
    "订单日期",
    "订单创建时间",
    "创建时间",
    "付款时间",
    "支付时间",
    "交易时间",
    "日期",
    "时间",
    "day",
];

const AMOUNT: &[&str] = &[
    "amountminor",
    "amount",
    "orderamount",
    "ordertotal",
    "ordervalue",
    "orderprice",
    "totalamount",
    "grandtotal",
    "totalprice",
    "totalvalue",
    "nettotal",
    "netamount",
    "netsales",
    "total",
    "netrevenue",
    "revenue",
    "sales",
    "salesamount",
    "saleamount",
    "saleprice",
    "purchaseamount",
    "purchasevalue",
    "transactionamount",
    "transactionvalue",
    "invoiceamount",
    "invoicetotal",
    "paymentamount",
    "amountpaid",
    "linetotal",
    "value",
    "spend",
    "spent",
    "订单金额",
    "订单总额",
    "实付金额",
    "付款金额",
    "支付金额",
    "总金额",
    "金额",
    "总价",
    "amountspent",
    "monetary",
    "monetaryvalue",
    "sum",
    "price",
    "itemprice",
    "subtotal",
    "subtotalprice",
];

/// Columns that hold what happened: an unknown word in them is a kind of the shop's own.
const EVENT_KIND: &[&str] = &[
    "kind",
    "eventkind",
    "eventtype",
    "eventname",
    "event",
    "行为",
    "行为类型",
    "事件",
    "事件类型",
    "事件名称",
];

/// Columns that describe an order: only words of returning or cancelling in them change its meaning.
const ORDER_KIND: &[&str] = &[
    "transactiontype",
    "ordertype",
    "recordtype",
    "type",
    "financialstatus",
    "paymentstatus",
    "orderstatus",
    "status",
    "订单状态",
    "状态",
    "交易类型",
];

const ORDER_ID: &[&str] = &[
    "orderid",
    "ordernumber",
    "orderno",
    "ordername",
    "ordernr",
    "amazonorderid",
    "order",
    "invoiceid",
    "invoicenumber",
    "invoiceno",
    "invoice",
    "transactionid",
    "receiptid",
    "receiptnumber",
    "basketid",
    "订单编号",
    "订单号",
];

const CURRENCY: &[&str] = &["currency", "currencycode", "ordercurrency", "isocurrency", "币种", "货币"];

/// Columns that count pieces: beside one of them a price is probably that of one piece.
const QUANTITY: &[&str] = &[
    "quantity",
    "qty",
    "units",
    "pieces",
    "quantitypurchased",
    "lineitemquantity",
    "数量",
    "购买数量",
    "件数",
];

const INGESTED_AT: &[&str] = &[
    "ingestedat",
    "ingestedtime",
    "ingestiontime",
    "receivedat",
    "loadedat",
    "syncedat",
    "入库时间",
    "接收时间",
];

const EVENT_ID: &[&str] =
    &["eventid", "eventuuid", "eventkey", "messageid", "insertid", "事件id", "事件编号"];

const RATING: &[&str] = &["rating", "stars", "starrating", "npsscore", "reviewscore", "评分", "评价", "星级"];

const DISCOUNT: &[&str] = &[
    "discountminor",
    "discount",
    "discountamount",
    "totaldiscount",
    "totaldiscounts",
    "coupondiscount",
    "couponamount",
    "优惠金额",
    "折扣金额",
    "折扣",
    "优惠",
];

const DURATION: &[&str] = &[
    "durationus",
    "duration",
    "sessionduration",
    "sessionlength",
    "timeonsite",
    "dwelltime",
    "durationseconds",
    "停留时长",
    "时长",
];

const PRODUCT: &[&str] = &[
    "product",
    "productid",
    "sku",
    "productsku",
    "lineitemsku",
    "itemid",
    "asin",
    "stockcode",
    "productcode",
    "商品编号",
    "商品id",
    "商品",
    "产品",
];

const CATEGORY: &[&str] = &[
    "category",
    "productcategory",
    "categoryname",
    "itemcategory",
    "categorycode",
    "producttype",
    "品类",
    "类目",
    "分类",
];

const CHANNEL: &[&str] =
    &["channel", "saleschannel", "marketplace", "sourcename", "platform", "渠道", "平台", "来源渠道"];

const CAMPAIGN: &[&str] =
    &["campaign", "campaignid", "campaignname", "utmcampaign", "活动", "营销活动", "活动名称"];

const DEVICE: &[&str] = &["device", "devicetype", "devicecategory", "设备", "设备类型", "终端"];

const COUNTRY: &[&str] = &[
    "country",
    "countrycode",
    "shippingcountry",
    "shipcountry",
    "shippingcountrycode",
    "billingcountry",
    "国家",
    "国家地区",
];

const PRICES: &[&str] = &["price", "itemprice", "saleprice"];

/// Indexes of the columns known as `field`, best first.
pub(crate) fn candidates(field: Field, headers: &[String]) -> Vec<usize> {
    let folded: Vec<String> = headers.iter().map(|name| fold(name)).collect();
    let known: Vec<&str> = match field {
        Field::CustomerId => CUSTOMER_ID.to_vec(),
        Field::OccurredAt => OCCURRED_AT.to_vec(),
        Field::Amount => AMOUNT.to_vec(),
        Field::Kind => [EVENT_KIND, ORDER_KIND].concat(),
        Field::OrderId => {
            // Shopify calls the order's number "Name"; elsewhere that is a person.
            let is_shopify = folded.iter().any(|name| name.starts_with("lineitem"));
            if is_shopify { [&["name"], ORDER_ID].concat() } else { ORDER_ID.to_vec() }
        }
        Field::Currency => CURRENCY.to_vec(),
        Field::IngestedAt => INGESTED_AT.to_vec(),
        Field::EventId => EVENT_ID.to_vec(),
        Field::Quantity => QUANTITY.to_vec(),
        Field::Rating => RATING.to_vec(),
        Field::Discount => DISCOUNT.to_vec(),
        Field::Duration => DURATION.to_vec(),
        Field::Product => PRODUCT.to_vec(),
        Field::Category => CATEGORY.to_vec(),
        Field::Channel => CHANNEL.to_vec(),
        Field::Campaign => CAMPAIGN.to_vec(),
        Field::Device => DEVICE.to_vec(),
        Field::Country => COUNTRY.to_vec(),
    };
    known.iter().filter_map(|alias| folded.iter().position(|name| name == alias)).collect()
}

/// Whether the column holds whole minor units, as the files of [`EventWriter`](crate::EventWriter) do.
pub(crate) fn is_minor_units(header: &str) -> bool {
    fold(header) == "amountminor"
}

/// Whether the column holds discounts in whole minor units, as files of ours do.
pub(crate) fn is_minor_discount(header: &str) -> bool {
    fold(header) == "discountminor"
}

/// Whether the column holds durations in microseconds, as files of ours do.
pub(crate) fn is_duration_us(header: &str) -> bool {
    fold(header) == "durationus"
}

/// Whether an unknown word in this column is a kind of event rather than a state of an order.
pub(crate) fn holds_event_kinds(header: &str) -> bool {
    EVENT_KIND.contains(&fold(header).as_str())
}

/// Whether this column is known to hold the state of an order.
pub(crate) fn holds_order_states(header: &str) -> bool {
    ORDER_KIND.contains(&fold(header).as_str())
}

/// The quantity column, if the column taken for the amount is only called a price.
pub(crate) fn quantity_beside_price(amount: &str, headers: &[String]) -> Option<String> {
    if !PRICES.contains(&fold(amount).as_str()) {
        return None;
    }
    headers.iter().find(|name| QUANTITY.contains(&fold(name).as_str())).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(headers: &str, expected: [Option<&str>; 3]) {
        let headers: Vec<String> = headers.split(',').map(String::from).collect();
        let needed = [Field::CustomerId, Field::OccurredAt, Field::Amount];
        let best =
            needed.map(|field| candidates(field, &headers).first().map(|index| headers[*index].as_str()));
        assert_eq!(best, expected, "{headers:?}");
    }

    #[test]
    fn recognises_the_layouts_of_shops() {
        check("Id,Date,Price", [Some("Id"), Some("Date"), Some("Price")]);
        check("customer_id,ts,value", [Some("customer_id"), Some("ts"), Some("value")]);
        check(
            "Buyer Email,purchase-date,item-price",
            [Some("Buyer Email"), Some("purchase-date"), Some("item-price")],
        );
        check(
            "Name,Email,Paid at,Subtotal,Total,Created at,Lineitem price,Id",
            [Some("Email"), Some("Created at"), Some("Total")],
        );
        check(
            "id,email,total_price,created_at,updated_at,customer_id,user_id,order_number",
            [Some("customer_id"), Some("created_at"), Some("total_price")],
        );
        check(
            "Invoice,Quantity,InvoiceDate,Price,Customer ID",
            [Some("Customer ID"), Some("InvoiceDate"), Some("Price")],
        );
        check("订单号,买家账号,下单时间,实付金额", [Some("买家账号"), Some("下单时间"), Some("实付金额")]);
        check("colour,size", [None, None, None]);
    }

    #[test]
    fn a_name_is_an_order_number_only_in_a_shopify_export() {
        let shopify = ["Name".to_owned(), "Lineitem name".to_owned()];
        assert_eq!(candidates(Field::OrderId, &shopify), [0]);
        assert!(candidates(Field::OrderId, &shopify[..1]).is_empty());
    }

    #[test]
    fn no_alias_is_listed_twice_or_unfolded() {
        let orders =
            [CUSTOMER_ID, OCCURRED_AT, AMOUNT, EVENT_KIND, ORDER_KIND, ORDER_ID, CURRENCY, QUANTITY, PRICES];
        let attributes = [
            INGESTED_AT,
            EVENT_ID,
            RATING,
            DISCOUNT,
            DURATION,
            PRODUCT,
            CATEGORY,
            CHANNEL,
            CAMPAIGN,
            DEVICE,
            COUNTRY,
        ];
        for list in orders.into_iter().chain(attributes) {
            for (index, alias) in list.iter().enumerate() {
                assert_eq!(*alias, fold(alias));
                assert!(!list[..index].contains(alias), "{alias}");
            }
        }
    }
}

/// SQLite has no decimals, so ten-thousandths are counted.
impl ToSql<BigInt, Backend> for Decimal {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Backend>) -> serialize::Result {
        out.set_value(self.0);
        Ok(IsNull::No)
    }
}

impl FromSql<BigInt, Backend> for Decimal {
    fn from_sql(
        value: <Backend as diesel::backend::Backend>::RawValue<'_>,
    ) -> deserialize::Result<Self> {
        <i64 as FromSql<BigInt, Backend>>::from_sql(value).map(Self)
    }
}

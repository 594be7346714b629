impl ToSql<Numeric, Backend> for Decimal {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Backend>) -> serialize::Result {
        std::io::Write::write_all(out, self.to_string().as_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<Numeric, Backend> for Decimal {
    fn from_sql(value: MysqlValue<'_>) -> deserialize::Result<Self> {
        match value.numeric_value()? {
            NumericRepresentation::Decimal(text) => Ok(std::str::from_utf8(text)?.parse()?),
            _ => Err("no decimal number".into()),
        }
    }
}

impl ToSql<Numeric, Backend> for Decimal {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Backend>) -> serialize::Result {
        std::io::Write::write_all(out, self.to_string().as_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<Numeric, Backend> for Decimal {
    fn from_sql(value: MysqlValue<'_>) -> deserialize::Result<Self> {
        // MySQL tells such numbers as texts.
        Ok(std::str::from_utf8(value.as_bytes())?.parse()?)
    }
}

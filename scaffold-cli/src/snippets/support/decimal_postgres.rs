/// PostgreSQL sends digits to the base of 10,000, the last of which are the ten-thousandths.
impl ToSql<Numeric, Backend> for Decimal {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Backend>) -> serialize::Result {
        let mut digits = Vec::new();
        let mut rest = self.0.abs();
        while rest > 0 {
            digits.insert(0, i16::try_from(rest % ONE)?);
            rest /= ONE;
        }
        let weight = i16::try_from(digits.len())? - 2;
        let numeric = match self.0 < 0 {
            true => PgNumeric::Negative {
                weight,
                scale: 4,
                digits,
            },
            false => PgNumeric::Positive {
                weight,
                scale: 4,
                digits,
            },
        };
        ToSql::<Numeric, Backend>::to_sql(&numeric, &mut out.reborrow())?;
        Ok(IsNull::No)
    }
}

impl FromSql<Numeric, Backend> for Decimal {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let (sign, weight, digits) = match PgNumeric::from_sql(value)? {
            PgNumeric::Positive { weight, digits, .. } => (1, weight, digits),
            PgNumeric::Negative { weight, digits, .. } => (-1, weight, digits),
            PgNumeric::NaN => return Err("not a number".into()),
        };
        // From the first digit down to the ten-thousandths, which may have been left out.
        let mut count = 0_i64;
        for index in 0..=weight + 1 {
            let digit = digits.get(usize::try_from(index)?).copied().unwrap_or(0);
            let next = count
                .checked_mul(ONE)
                .and_then(|it| it.checked_add(digit.into()));
            count = next.ok_or("too large a number")?;
        }
        Ok(Self(sign * count))
    }
}

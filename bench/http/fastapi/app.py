"""The measured routes of the rendered service over the same table, with FastAPI and SQLAlchemy."""

import os
import uuid
from datetime import datetime, timezone
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from sqlalchemy import DateTime, String, Uuid, event, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# As many connections for each process as the rendered service opens.
engine = create_async_engine(os.environ["DATABASE_URL"], pool_size=16, max_overflow=0)
new_session = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()

if engine.dialect.name == "sqlite":

    @event.listens_for(engine.sync_engine, "connect")
    def set_pragmas(connection, _):
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout = 5000")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute(f"PRAGMA synchronous = {os.environ.get('DATABASE_SYNCHRONOUS', 'full')}")
        cursor.close()


class Base(DeclarativeBase):
    pass


def now():
    return datetime.now(timezone.utc)


class Person(Base):
    __tablename__ = "persons"

    id: Mapped[str] = mapped_column(
        Uuid(as_uuid=False).with_variant(String(36), "sqlite"),
        primary_key=True,
        default=lambda: str(uuid.uuid4()),
    )
    name: Mapped[str]
    email: Mapped[str]
    age: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    version: Mapped[int] = mapped_column(default=1)


class PersonRequest(BaseModel):
    name: str = Field(min_length=1, max_length=200)
    email: str = Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")
    age: int = Field(ge=0)


class PersonResponse(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, from_attributes=True, populate_by_name=True)

    id: str
    name: str
    email: str
    age: int
    created_at: datetime
    updated_at: datetime
    version: int


class PersonPage(BaseModel):
    objects: list[PersonResponse]


async def session():
    async with new_session() as opened:
        yield opened


Session = Annotated[AsyncSession, Depends(session)]


@app.get("/health/liveness")
async def check_liveness():
    return {"status": "alive"}


@app.get("/persons")
async def list_persons(
    session: Session, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> PersonPage:
    persons = await session.scalars(select(Person).order_by(Person.id).limit(limit))
    return PersonPage(objects=persons.all())


@app.get("/persons/{id}")
async def find_person(session: Session, id: uuid.UUID) -> PersonResponse:
    person = await session.get(Person, str(id))
    if person is None:
        raise HTTPException(404)
    return PersonResponse.model_validate(person)


@app.post("/persons", status_code=201)
async def create_person(session: Session, body: PersonRequest) -> PersonResponse:
    person = Person(**body.model_dump())
    session.add(person)
    await session.commit()
    return PersonResponse.model_validate(person)

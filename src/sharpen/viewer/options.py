"""What `sharpen view` takes."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, PositiveInt


class View(BaseModel):
    """How runs are shown in the browser, and whose feedback is collected."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    host: str = "127.0.0.1"
    """The address to listen at. Nothing is encrypted: let others in by an SSH tunnel or a TLS proxy."""
    port: int = Field(default=8765, ge=0, le=65535)
    """The port; 0 takes a free one."""
    feedback: Path | None = None
    """Collect people's explanations of this run's failing programs."""
    participants: PositiveInt = 16
    """People who take part; a larger number adds people to a study that has begun."""
    per_person: PositiveInt = 5
    """Failing programs that each person explains, never two of one problem."""
    consent: Path | None = None
    """A text file that participants agree to before they begin."""
    seed: int = 0
    """Seed of which programs are chosen and who explains which."""

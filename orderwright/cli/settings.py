"""orderwright settings"""

import os

from orderwright.settings import Setting, Settings, all_settings


def show_settings() -> None:
    """List every setting: its variable, its value here, and what it means.

    Example: `ORDERWRIGHT_PORT=9000 orderwright settings`
    """
    settings = Settings.read(os.environ)
    for setting in all_settings():
        print(f"{setting.variable}={shown(setting, settings)}")
        print(f"    {setting.meaning}.{default_of(setting, settings)}")


def shown(setting: Setting, settings: Settings) -> str:
    """The value of a setting for people to see, a password in it hidden."""
    from orderwright.cli.database import place_of

    value = getattr(settings, setting.name)
    if value is None:
        return ""
    return place_of(value) if setting.name == "database_url" else str(value)


def default_of(setting: Setting, settings: Settings) -> str:
    """The default, where it is not the value in force."""
    if setting.default in (None, getattr(settings, setting.name)):
        return ""
    return f" Default: {setting.default}."

"""The forms for an account: a new one, its address, its password."""

from typing import Any

from django import forms
from django.contrib.auth.forms import SetPasswordForm, UserCreationForm
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class EmailForm(forms.Form):
    """An email address."""

    email = forms.EmailField(
        label=_("Email address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )


class AddressForm(EmailForm):
    """The new address of `user`, and their password."""

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.initial["email"] = user.email

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise forms.ValidationError(_("Wrong password."))
        return password


class NewPasswordForm(SetPasswordForm[User]):
    """A new password typed twice; where there are API tokens, also whether they end with the old one."""

    revoke_tokens = forms.BooleanField(
        label=_("Also revoke the API tokens of this account; programs that use them lose access"), required=False
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        if not user.api_tokens.valid(timezone.now()).exists():
            del self.fields["revoke_tokens"]


class NewAccountForm(UserCreationForm[User]):
    """A name that no other account has, whatever its case, and a password typed twice."""

    class Meta:
        model = User
        fields = ["username"]

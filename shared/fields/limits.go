package fields

// The limits of what people type, the same for the API, the pages and the database. Where Yousign is stricter than the
// standards its limits are taken, so that nothing is refused only after it was sent (Yousign Public API v3, POST
// /signature_requests and …/signers).
const (
	TitleLimit        = 128 // characters of a contract's title: signature_request.name
	NameLimit         = 100 // characters of a first name, a last name or an account's name
	SignerEmailLimit  = 100 // characters: info.email
	AccountEmailLimit = addressLimit
	ReasonLimit       = 500 // characters of somebody's own words
	SignersLimit      = 10  // people who sign one contract
	PasswordLeast     = 12  // characters. NIST SP 800-63B asks for length and for nothing else
	SecretLimit       = 256 // bytes of a password or of a link's secret; ours are shorter
	CauseLimit        = 100 // bytes of a cause's code
	AboutLimit        = 200 // bytes of what a trouble is about
)

// PhonePattern is a phone number's form: ITU-T E.164, a plus, the country's code and at most 15 digits in all.
const PhonePattern = `\+[1-9][0-9]{6,14}`

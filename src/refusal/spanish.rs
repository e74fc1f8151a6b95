//! The sentences of refusals in Spanish.

use super::Refusal;

impl Refusal {
    /// The sentence for the person at the device, in Spanish.
    pub(super) fn spanish(&self) -> &str {
        match self {
            Self::Message(_) | Self::SoapVersion | Self::NotUnderstood(_) => {
                "El servidor no pudo leer la solicitud de este dispositivo. Pide ayuda a tu administrador."
            }
            Self::Version { .. } => {
                "Esta versión de Windows es demasiado antigua para administrarla aquí. Actualiza Windows e inténtalo de nuevo."
            }
            Self::AuthPolicy { .. } => {
                "Este dispositivo no ofrece ninguna forma de iniciar sesión que este servidor acepte."
            }
            Self::Security(_) => {
                "Los datos de inicio de sesión faltan o están dañados. Empieza de nuevo desde Configuración."
            }
            Self::CredentialKind(_) => {
                "Esta forma de iniciar sesión no está configurada aquí. Usa tu dirección de correo y tu código."
            }
            Self::CredentialUnknown | Self::CredentialOfAnother { .. } => {
                "La dirección de correo o el código no son correctos. Comprueba los dos e inténtalo de nuevo."
            }
            Self::EntraToken(_) => {
                "Esta cuenta de trabajo no puede inscribirse aquí. Pregunta a tu administrador."
            }
            Self::SignIn(_) => {
                "No se ha podido iniciar sesión. Revisa lo que has escrito y la cuenta que has elegido e inténtalo de nuevo, o pregunta a tu administrador."
            }
            Self::IdentityProvider(_) => {
                "Ahora mismo no se puede iniciar sesión. Inténtalo de nuevo en unos minutos."
            }
            Self::TokenExpired(_) => "Este código ha caducado. Pide uno nuevo a tu administrador.",
            Self::TokenRevoked => "Este código ya no es válido. Pide uno nuevo a tu administrador.",
            Self::TokenSpent => "Este código ya se ha usado. Pide uno nuevo a tu administrador.",
            Self::SignInEnded => {
                "El inicio de sesión tardó demasiado o ya se usó. Empieza de nuevo desde Configuración."
            }
            Self::TooManyFailures => {
                "Han llegado demasiados códigos o contraseñas incorrectos. Espera 15 minutos e inténtalo de nuevo."
            }
            Self::NotAllowed(message) | Self::WaitingForApproval(message)
                if !message.is_empty() =>
            {
                message
            }
            Self::NotAllowed(_) => {
                "No tienes permiso para inscribir este dispositivo. Pregunta a tu administrador."
            }
            Self::WaitingForApproval(_) => {
                "Este dispositivo espera la aprobación de un administrador. Inténtalo más tarde."
            }
            Self::PersonalDevice(_) => {
                "Aquí solo se pueden inscribir dispositivos de la organización. Pregunta a tu administrador."
            }
            Self::DeviceCap(_) => {
                "Se ha alcanzado el límite de dispositivos. Quita uno o pregunta a tu administrador."
            }
            Self::DeviceExcluded(_) => {
                "Este dispositivo no se puede inscribir aquí. Pregunta a tu administrador."
            }
            Self::License => {
                "No tienes licencia para la administración de dispositivos. Pregunta a tu administrador."
            }
            Self::TermsOfUse(_) => {
                "No se aceptaron las condiciones de uso. Empieza de nuevo y acéptalas."
            }
            Self::Incomplete(_) => {
                "El dispositivo no envió todo lo necesario. Reinícialo e inténtalo de nuevo."
            }
            Self::CertificateRequest(_) | Self::KeyOfAnother | Self::KeyBlocked => {
                "La solicitud de certificado del dispositivo fue rechazada. Reinicia el dispositivo e inténtalo de nuevo."
            }
            Self::Authority(_) | Self::Storage(_) => {
                "El servidor no puede inscribir dispositivos en este momento. Inténtalo más tarde."
            }
            Self::RequestType(_) => "El servidor no ofrece lo que este dispositivo ha pedido.",
            Self::NotEligibleToRenew(_) => {
                "El certificado del dispositivo no se puede renovar. Inscribe el dispositivo de nuevo."
            }
            Self::Maintenance => {
                "El servicio está en mantenimiento. Inténtalo de nuevo en unos minutos."
            }
            Self::Draining => {
                "Aquí ya no se pueden inscribir dispositivos nuevos. Pregunta a tu administrador dónde inscribir este."
            }
            Self::Internal => {
                "Algo falló en el servidor. Inténtalo de nuevo y después pregunta a tu administrador."
            }
        }
    }
}

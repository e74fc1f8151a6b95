//! SOAP as sentences.
